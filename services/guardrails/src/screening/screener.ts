import type { Direction } from '@weir/contracts/guardrails/policy';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { createYieldTurn, type YieldTurn } from '@weir/service-kit/event-loop';
import type {
  AnyCheck,
  CheckContext,
  Finding,
  ScreenedText,
  SpanCheck,
  WholeCheck,
} from '../domain/check.ts';
import type { CompiledScreening } from '../domain/compiled-policy.ts';
import { isInPlaceholder } from '../masking/placeholder-text.ts';
import { type CheckInForce, CheckRunner } from './check-runner.ts';
import { Denial } from './denial.ts';
import { findInTexts } from './find-in-texts.ts';
import type { GuardrailMetrics, Outcome } from './guardrail-metrics.ts';
import { addFinding, type AttributedFinding, ruleOf, withoutRepeats } from './merge-findings.ts';
import type { SummaryBuilder } from './summary-builder.ts';

export interface ScreenerParts {
  readonly screening: CompiledScreening;
  readonly context: Omit<CheckContext, 'counts' | 'yieldTurn'>;
  /** Whether a denial is told as Portkey tells it, whatever the policy says. */
  readonly speaksPortkey: boolean;
  readonly summary: SummaryBuilder;
  readonly metrics: GuardrailMetrics;
  readonly clock: Clock;
}

/**
 * Holds a request, or its answer, against all checks of the policies that hold: the cheap ones first, then those that take their
 * time, side by side. The first denial ends it.
 */
export class Screener {
  readonly #parts: ScreenerParts;
  readonly #runner: CheckRunner;
  readonly spanChecks: readonly CheckInForce<SpanCheck>[];
  readonly wholeChecks: readonly CheckInForce<WholeCheck>[];

  readonly #shared: Shared;

  constructor(
    parts: ScreenerParts,
    select: (check: AnyCheck) => boolean = () => true,
    shared = createShared(parts),
  ) {
    const { screening } = parts;
    this.#parts = parts;
    this.#shared = shared;
    const inForce = screening.policies
      .flatMap(({ checks, name, denial }) => checks.map((check) => ({ check, policy: name, denial })))
      .filter(({ check }) => select(check));
    this.spanChecks = inForce.filter((one): one is CheckInForce<SpanCheck> => one.check.kind === 'span');
    this.wholeChecks = inForce
      .filter((one): one is CheckInForce<WholeCheck> => one.check.kind === 'whole')
      .sort((a, b) => Number(a.check.isSlow) - Number(b.check.isSlow));
    this.#runner = shared.runner;
  }

  /** The same with some of the checks, for a part of the same request or answer. */
  only(select: (check: AnyCheck) => boolean): Screener {
    return new Screener(this.#parts, select, this.#shared);
  }

  /** Whether there is nothing that it could find. */
  get isIdle(): boolean {
    return this.spanChecks.length + this.wholeChecks.length === 0;
  }

  /** One for all that is done for the request, or for its answer. */
  get yieldTurn(): YieldTurn {
    return this.#shared.yieldTurn;
  }

  get direction(): Direction {
    return this.#parts.context.direction;
  }

  /** Everything that is found in the texts. Throws a `Denial`, or `guardrails_unavailable` where a check fails that must not. */
  async screen(
    texts: readonly ScreenedText[],
    counts: CheckContext['counts'] = {},
  ): Promise<AttributedFinding[]> {
    const found = await this.findInTexts(texts);
    await this.#refuseDenied(found, texts);
    return await this.accept(await this.judgeWhole(texts, counts, found), texts);
  }

  /** What span checks find in all of the texts, which may be long. */
  async findInTexts(texts: readonly ScreenedText[]): Promise<AttributedFinding[]> {
    const found: AttributedFinding[] = [];
    await findInTexts(texts, {
      ...{ checks: this.spanChecks, runner: this.#runner, yieldTurn: this.yieldTurn },
      onFound: (by, findings, place) => {
        const { text } = texts[place] ?? { text: '' };
        for (const finding of findings)
          for (const one of this.#unlessReplaced(by, finding, text, place))
            addFinding(found, one, this.direction);
      },
    });
    return found;
  }

  /** What span checks find in one text from `from` on. */
  findSpans(text: ScreenedText, from = 0): AttributedFinding[] {
    return this.spanChecks.flatMap((by) =>
      this.#runner.find(by, text, from).flatMap((finding) => this.#unlessReplaced(by, finding, text.text, 0)),
    );
  }

  /** How much of a text that may go on all span checks can judge now. */
  settledLength(text: string, form: ScreenedText['form'], from: number): number {
    let settled = text.length;
    for (const check of this.spanChecks)
      settled = Math.min(settled, this.#runner.settledLength(check, text, form, from));
    return settled;
  }

  /** What is found already, and what the checks find that judge texts as a whole. Those end at a denial. */
  async judgeWhole(
    texts: readonly ScreenedText[],
    counts: CheckContext['counts'],
    found: readonly AttributedFinding[],
  ): Promise<AttributedFinding[]> {
    const all = [...found];
    const { context } = this.#parts;
    const quick = this.wholeChecks.filter(({ check }) => !check.isSlow);
    for (const by of quick) {
      const findings = await this.#runner.check(by, texts, { ...context, counts, yieldTurn: this.yieldTurn });
      for (const finding of findings) addFinding(all, this.#attribute(by, finding), this.direction);
      await this.#refuseDenied(all, texts);
    }
    const slow = this.wholeChecks.filter(({ check }) => check.isSlow);
    if (slow.length === 0) return all;
    const over = new AbortController();
    const signal = AbortSignal.any([context.signal, over.signal]);
    try {
      await Promise.all(
        slow.map(async (by) => {
          const findings = await this.#runner.check(by, texts, {
            ...{ ...context, counts, signal, yieldTurn: this.yieldTurn },
          });
          for (const finding of findings) addFinding(all, this.#attribute(by, finding), this.direction);
          await this.#refuseDenied(all, texts);
        }),
      );
    } finally {
      over.abort(new Fault('client_closed_request'));
    }
    return all;
  }

  /** Counts what was found, each thing once. Throws a `Denial` where any of it is denied. */
  async accept(
    found: readonly AttributedFinding[],
    texts: readonly ScreenedText[],
  ): Promise<AttributedFinding[]> {
    if (found.length === 0) return [];
    const { metrics, summary, speaksPortkey, context } = this.#parts;
    const { direction } = context;
    const once = await withoutRepeats(found, this.yieldTurn);
    for (const { by, finding } of once) {
      metrics.violated(by.check, finding.action, direction);
      summary.add({ direction, check: by.check.id, action: finding.action, rule: ruleOf(finding) });
      if (finding.action !== 'report') this.#shared.isChanged = true;
      await this.yieldTurn();
    }
    const denied = once.find(({ finding }) => finding.action === 'deny');
    if (!denied) return once;
    const path = denied.finding.text === undefined ? undefined : texts[denied.finding.text]?.path;
    throw new Denial(denied, { direction, path, speaksPortkey, summary: summary.build() });
  }

  /** Tells the metrics how it went. Once, at the end; with what was thrown where it ended by that, be it not the screening's. */
  end(thrown?: unknown): void {
    this.#runner.observe();
    const outcome = this.#outcomeOf(thrown);
    if (outcome && !this.isIdle) this.#parts.metrics.screened(this.direction, outcome);
  }

  #outcomeOf(thrown: unknown): Outcome | undefined {
    if (thrown === undefined) return this.#shared.isChanged ? 'changed' : 'passed';
    if (thrown instanceof Denial) return 'denied';
    return Fault.from(thrown).code === 'guardrails_unavailable' ? 'failed' : undefined;
  }

  /** What stands in the place of a value is none. */
  #unlessReplaced(by: CheckInForce, finding: Finding, text: string, place: number): AttributedFinding[] {
    const isReplaced = finding.span && isInPlaceholder(text, finding.span, ruleOf(finding));
    return isReplaced ? [] : [this.#attribute(by, { ...finding, text: place })];
  }

  /** A mask is for the way to the provider: in an answer, whose masked values are put back, nothing would be left of it. */
  #attribute(by: CheckInForce, finding: Finding): AttributedFinding {
    const isMask = finding.action === 'mask' && this.direction === 'output';
    return { by, finding: isMask ? { ...finding, action: 'redact' } : finding };
  }

  async #refuseDenied(found: readonly AttributedFinding[], texts: readonly ScreenedText[]): Promise<void> {
    if (found.some(({ finding }) => finding.action === 'deny')) await this.accept(found, texts);
  }
}

/** What is known of a request or an answer as a whole. */
interface Shared {
  readonly runner: CheckRunner;
  readonly yieldTurn: YieldTurn;
  isChanged: boolean;
}

function createShared({ clock, metrics, context, summary }: ScreenerParts): Shared {
  const onPassedOver = ({ id }: AnyCheck) => {
    summary.addFailed(id);
  };
  const runner = new CheckRunner({ clock, metrics, direction: context.direction, onPassedOver });
  return { runner, yieldTurn: createYieldTurn(context.signal), isChanged: false };
}
