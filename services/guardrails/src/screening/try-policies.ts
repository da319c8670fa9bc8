import type { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { Action, Direction } from '@weir/contracts/guardrails/policy';
import type { Clock } from '@weir/service-kit/clock';
import { parseExactJson } from '@weir/service-kit/exact-json';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { createYieldTurn } from '@weir/service-kit/event-loop';
import type { AnyCheck, Finding, ScreenedText } from '../domain/check.ts';
import type { CompiledScreening } from '../domain/compiled-policy.ts';
import { hashKeyOf, Placeholders } from '../masking/placeholders.ts';
import { readTexts } from '../texts/document-texts.ts';
import { Denial } from './denial.ts';
import type { AttributedFinding } from './merge-findings.ts';
import { screenCompletion } from './screen-completion.ts';
import { readRequest, screenRequest } from './screen-request.ts';
import { Screener } from './screener.ts';
import { SummaryBuilder } from './summary-builder.ts';

interface Trial {
  readonly request: object | undefined;
  readonly completion: object | undefined;
  readonly screenings: Readonly<Record<Direction, CompiledScreening>>;
  readonly tenant: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

type Reply = ReplyOf<typeof dryRunGuardrails>;

/** What is found, and the documents as they would go on if nothing of them were denied. */
export interface Tried extends Pick<Reply, 'outcome' | 'findings' | 'denial' | 'failed'> {
  readonly request: Reply['request'] | undefined;
  readonly completion: Reply['completion'] | undefined;
}

export type TryPolicies = (trial: Trial) => Promise<Tried>;

/** A dry run is no violation. */
const uncounted = {
  violated: () => undefined,
  checkFailed: () => undefined,
  checkTook: () => undefined,
  screened: () => undefined,
};

/** Screens as requests are screened, but for that a denial does not end it: all that all checks find is told. */
export function createTryPolicies({
  clock,
  masterKeys,
}: {
  readonly clock: Clock;
  readonly masterKeys: MasterKeys;
}): TryPolicies {
  return async (trial) => {
    const yieldTurn = createYieldTurn(trial.signal);
    const body = (document: object) => Buffer.from(JSON.stringify(document));
    const request = trial.request && (await readRequest(body(trial.request), undefined, yieldTurn));
    const answer = trial.completion && body(trial.completion);
    const placeholders = new Placeholders({
      texts: request ? [request.json] : [],
      hashKey: () => hashKeyOf(masterKeys, trial.tenant),
    });
    const input = request && (await find('input', request.all, request.counts));
    const said = answer && (await readTexts(answer.toString(), 'completion', yieldTurn));
    const output = said && (await find('output', said.texts, said.counts));

    const sent =
      request &&
      input &&
      (await screenRequest({
        screener: { screen: async () => input.found, yieldTurn },
        placeholders,
        request,
      }));
    const received =
      answer &&
      output &&
      (await screenCompletion({
        screener: { screen: async () => output.found, yieldTurn },
        placeholders,
        body: answer,
      }));
    const sides = [...(input ? [input] : []), ...(output ? [output] : [])];
    const denial = sides.find((side) => side.denial)?.denial ?? null;
    const isChanged = sent?.body !== request?.body || received !== answer;
    return {
      outcome: denial ? 'deny' : isChanged ? 'change' : 'pass',
      findings: sides.flatMap(({ shown }) => shown),
      denial,
      failed: [...new Set(sides.flatMap(({ failed }) => failed))],
      request: sent && parsed(sent.body),
      completion: received && parsed(received),
    };

    async function find(
      direction: Direction,
      texts: readonly ScreenedText[],
      counts: Readonly<Record<string, number>>,
    ) {
      const { requestId, signal, tenant } = trial;
      const screening = trial.screenings[direction];
      const summary = new SummaryBuilder(screening.policies.map(({ name }) => name));
      const screener = new Screener({
        screening: { ...screening, policies: screening.policies.map(lenient) },
        context: { direction, requestType: 'chat', tenant, requestId, signal },
        ...{ speaksPortkey: false, summary, metrics: uncounted, clock },
      });
      const spans = await screener.findInTexts(texts);
      const found = (await screener.judgeWhole(texts, counts, spans)).map(asItWas);
      const failed = summary.build().failed ?? [];
      return {
        found,
        failed,
        shown: found.map((one) => toFinding(direction, one, texts)),
        denial: deniedBy(found, texts, direction) ?? failureDenied(failed, screening),
      };
    }
  };
}

interface Softened extends Finding {
  /** Where it is `report` in the place of a denial. */
  readonly action: Action;
  readonly isDenied?: boolean;
}

/** The policy with checks that end nothing: not by what they find, and not by their failure. */
function lenient(policy: CompiledScreening['policies'][number]): CompiledScreening['policies'][number] {
  return { ...policy, checks: policy.checks.map(lenientCheck) };
}

function lenientCheck(check: AnyCheck): AnyCheck {
  const soft = (found: readonly Finding[]): readonly Softened[] =>
    found.map((finding) =>
      finding.action === 'deny' ? { ...finding, action: 'report', isDenied: true } : finding,
    );
  if (check.kind === 'span') {
    return { ...check, onError: 'allow', find: (...text) => soft(check.find(...text)) };
  }
  return {
    ...check,
    onError: 'allow',
    check(texts, context) {
      const found = check.check(texts, context);
      return found instanceof Promise ? found.then(soft) : soft(found);
    },
  };
}

function asItWas({ by, finding }: AttributedFinding): AttributedFinding {
  const { isDenied, ...rest }: Softened = finding;
  return { by, finding: isDenied ? { ...rest, action: 'deny' } : rest };
}

function toFinding(
  direction: Direction,
  { by, finding }: AttributedFinding,
  texts: readonly ScreenedText[],
): Reply['findings'][number] {
  const { action, entity = null, rule, score, span, text, tier = null } = finding;
  return {
    direction,
    path: text === undefined ? null : (texts[text]?.path ?? null),
    start: span?.start ?? null,
    end: span?.end ?? null,
    policy: by.policy,
    check: by.check.id,
    ...{ rule, entity, tier, score, action },
  };
}

function deniedBy(
  found: readonly AttributedFinding[],
  texts: readonly ScreenedText[],
  direction: Direction,
): Reply['denial'] {
  const denied = found.find(({ finding }) => finding.action === 'deny');
  if (!denied) return null;
  const path = denied.finding.text === undefined ? undefined : texts[denied.finding.text]?.path;
  const summary = { policies: [denied.by.policy], entries: [] };
  const { code, message } = new Denial(denied, { direction, path, speaksPortkey: false, summary });
  return { code, message };
}

function failureDenied(failed: readonly string[], { policies }: CompiledScreening): Reply['denial'] {
  const isClosed = (check: AnyCheck) => failed.includes(check.id) && check.onError === 'deny';
  const closed = policies.flatMap(({ checks }) => checks).find(isClosed);
  if (!closed) return null;
  const message = `The check "${closed.id}" failed, and what it cannot check is refused.`;
  return { code: 'guardrails_unavailable', message };
}

const parsed = (body: Uint8Array) => parseExactJson(Buffer.from(body).toString()) as Record<string, unknown>;
