import type { Direction, CheckType, Policy } from '@weir/contracts/guardrails/policy';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { onAbort } from '@weir/service-kit/on-abort';
import type {
  AnyCheck,
  CheckContext,
  Finding,
  ScreenedText,
  SpanCheck,
  WholeCheck,
} from '../domain/check.ts';
import type { GuardrailMetrics } from './guardrail-metrics.ts';
import { CheckError, validFindings } from './valid-findings.ts';

/** A check as it holds for a request: by which policy. */
export interface CheckInForce<Kind extends AnyCheck = AnyCheck> {
  readonly check: Kind;
  readonly policy: string;
  readonly denial: Policy['denial'];
}

interface RunnerParts {
  readonly clock: Clock;
  readonly metrics: Pick<GuardrailMetrics, 'checkFailed' | 'checkTook'>;
  readonly direction: Direction;
  /** Called with a check that has failed and is passed over. */
  readonly onPassedOver: (check: AnyCheck) => void;
}

/** Of a check that says nothing of a limit, and asks somebody all the same. What asks nobody takes as long as the texts are. */
const defaultTimeoutMs = 2_000;

/** Runs checks that may throw, hang or answer nonsense, and holds to what their policy says of that. */
export class CheckRunner {
  readonly #parts: RunnerParts;
  /** Milliseconds by type: a stream runs a check for each of its chunks. */
  readonly #spentMs = new Map<CheckType, number>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  find(inForce: CheckInForce<SpanCheck>, { text, form }: ScreenedText, from = 0): readonly Finding[] {
    return this.#guarded(inForce, () => validFindings(inForce.check.find(text, form, from), [text.length]));
  }

  /** Where the check fails, nothing is held back for it: what it fails at next says what becomes of the answer. */
  settledLength(
    { check }: CheckInForce<SpanCheck>,
    text: string,
    form: ScreenedText['form'],
    from: number,
  ): number {
    try {
      const length = check.settledLength(text, form, from);
      return Number.isInteger(length) ? Math.min(Math.max(length, 0), text.length) : text.length;
    } catch {
      return text.length;
    }
  }

  /** The context's signal ends the check; it is ended when it is late, too. */
  check(
    inForce: CheckInForce<WholeCheck>,
    texts: readonly ScreenedText[],
    context: CheckContext,
  ): readonly Finding[] | Promise<readonly Finding[]> {
    const { check } = inForce;
    const lengths = texts.map(({ text }) => text.length);
    const startedAtMs = performance.now();
    const late = new AbortController();
    try {
      const signal = AbortSignal.any([context.signal, late.signal]);
      const found = check.check(texts, { ...context, signal });
      if (!(found instanceof Promise)) {
        this.#spent(check, startedAtMs);
        return validFindings(found, lengths);
      }
      return this.#within(
        check.timeoutMs ?? (check.isSlow ? defaultTimeoutMs : undefined),
        found,
        late,
        context.signal,
      )
        .then((findings) => validFindings(findings, lengths))
        .catch((thrown: unknown) => this.#failed(inForce, thrown, context.signal))
        .finally(() => {
          this.#spent(check, startedAtMs);
        });
    } catch (thrown) {
      return this.#failed(inForce, thrown, context.signal);
    }
  }

  /** Tells the metrics how long the checks took; at the end of a request or an answer. */
  observe(): void {
    for (const [type, ms] of this.#spentMs) this.#parts.metrics.checkTook(type, this.#parts.direction, ms);
    this.#spentMs.clear();
  }

  #guarded(inForce: CheckInForce, run: () => readonly Finding[]): readonly Finding[] {
    const startedAtMs = performance.now();
    try {
      return run();
    } catch (thrown) {
      return this.#failed(inForce, thrown);
    } finally {
      this.#spent(inForce.check, startedAtMs);
    }
  }

  async #within<T>(
    limitMs: number | undefined,
    work: Promise<T>,
    late: AbortController,
    signal: AbortSignal,
  ): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const onLate = () => {
      const cause = new CheckError('timeout');
      late.abort(cause);
      reject(cause);
    };
    const stopTimer = limitMs === undefined ? undefined : this.#parts.clock.after(limitMs, onLate);
    const forgetSignal = onAbort(signal, () => {
      reject(Fault.from(signal.reason));
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      stopTimer?.();
      forgetSignal();
    }
  }

  #failed({ check, policy }: CheckInForce, thrown: unknown, signal?: AbortSignal): readonly Finding[] {
    // The request is over, or another check has denied it: nothing is known of this one.
    if (signal?.aborted) throw Fault.from(signal.reason);
    const reason = thrown instanceof CheckError ? thrown.reason : 'error';
    this.#parts.metrics.checkFailed(check.type, reason, this.#parts.direction);
    if (check.onError === 'deny') {
      throw new Fault('guardrails_unavailable', {
        message: `The check "${check.id}" of the guardrail policy "${policy}" failed, and what it cannot check is refused.`,
        cause: thrown,
      });
    }
    this.#parts.onPassedOver(check);
    return [];
  }

  #spent({ type }: AnyCheck, startedAtMs: number): void {
    this.#spentMs.set(type, (this.#spentMs.get(type) ?? 0) + performance.now() - startedAtMs);
  }
}
