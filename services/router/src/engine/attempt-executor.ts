import type { FaultData } from '@weir/contracts/faults';
import type { LimitState } from '@weir/contracts/cost/admission';
import type { AttemptMade } from '@weir/contracts/usage-events';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import { systemCode } from '@weir/service-kit/own-shortage';
import type { AdmittedAttempt } from '../billing/attempt-bill.ts';
import { RequestBilling } from '../billing/request-billing.ts';
import { missingUsage } from '../dialects/usage.ts';
import { isRefusal } from '../domain/refusal.ts';
import { healthOutcomeOf } from '../domain/health/outcome.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { attemptLimits } from '../domain/routing/retry-policy.ts';
import type { Received } from './answer-meter.ts';
import { AttemptNumbers } from './attempt-numbers.ts';
import { isUnsent, mayBeBilled } from './attempt-report.ts';
import { AttemptReporter } from './attempt-reporter.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import type { RequestContext } from './request-context.ts';
import type { ResponseSink } from './response-commit.ts';
import type { AttemptResult, EmptyAnswer } from './attempt.ts';
import { sendToTarget, type AttemptOptions } from './send-to-target.ts';
import { Stopwatch } from './stopwatch.ts';

export type Purpose = AttemptMade['purpose'];

/** An answer that may still be given, where no better one comes. */
interface UnsentAnswer extends EmptyAnswer {
  readonly sink: ResponseSink;
  readonly usage: UsageRecord;
}

/** As it is billed and reported. */
interface EndedAttempt {
  readonly number: number;
  readonly admitted: AdmittedAttempt;
  readonly result: AttemptResult;
  readonly isCancelled: boolean;
  readonly latencyMs: number;
  readonly firstContentMs: number | undefined;
}

/** From this share of a wait on, and this long, it is this process that stood still. */
const stalled = { share: 0.2, leastMs: 250 };

/**
 * Makes the attempts of one request, whatever they are made for. Each is numbered, admitted by the limits that hold for it,
 * timed, recorded with health and load, billed, logged, and reported.
 */
export class AttemptExecutor {
  /** The time spent waiting for providers and in pauses between attempts. */
  readonly waited = new Stopwatch(() => performance.now());
  readonly #request: RequestContext;
  readonly #engine: EngineDependencies;
  readonly #billing: RequestBilling;
  readonly #numbers: AttemptNumbers;
  readonly #reporter: AttemptReporter;
  #made = 0;
  #unsent = 0;
  #sentBytes = 0;
  readonly #received: Received = { bytes: 0, values: 0 };
  #emptyAnswer: UnsentAnswer | undefined;

  constructor(request: RequestContext, engine: EngineDependencies) {
    this.#request = request;
    this.#engine = engine;
    this.#numbers = new AttemptNumbers(request.envelope);
    this.#billing = new RequestBilling(request, engine.billing);
    this.#reporter = new AttemptReporter(request, engine);
  }

  /** How many attempts there have been, without the mirrored ones, those that were refused, and those that this process lacked the means for. */
  get count(): number {
    return this.#made;
  }

  /** What another router that is asked in the place of this one has to know of it: see {@link FaultData.tryAnother}. Undefined where a provider was asked. */
  get tryAnother(): FaultData['tryAnother'] {
    if (this.count > 0) return undefined;
    return this.#numbers.areUnused ? 'unnumbered' : 'numbered';
  }

  /** The last answer that said nothing, for which another target's was wanted: it has been paid for. */
  get emptyAnswer(): UnsentAnswer | undefined {
    return this.#emptyAnswer;
  }

  /** What they have cost; undefined where one that may be billed has no price. */
  get costNanoUsd(): number | undefined {
    return this.#billing.costNanoUsd;
  }

  /** Of each unit the limit with the least room; undefined where nothing limits the request. */
  get limits(): readonly LimitState[] | undefined {
    return this.#billing.limits;
  }

  /** Whether the target's model is one that this router knows, so that its name is no caller's. */
  isKnownModel(target: AvailableTarget): boolean {
    return this.#billing.isKnown(target);
  }

  /** Whether a budget has to bound what an attempt at the target puts out. */
  isCapRequired(target: AvailableTarget): boolean {
    return this.#billing.isCapRequired(target);
  }

  /** Whether the request has reached its limits. */
  get areExhausted(): boolean {
    const { attempts, attemptsWithInlineConfig, sentBytes, receivedBytes, receivedValues } = attemptLimits;
    const max = this.#request.configName === 'inline' ? attemptsWithInlineConfig : attempts;
    const { bytes, values } = this.#received;
    const areTooLarge = this.#sentBytes >= sentBytes || bytes >= receivedBytes || values >= receivedValues;
    return this.count + this.#unsent >= max || areTooLarge;
  }

  /** Throws nothing. */
  async run(options: AttemptOptions): Promise<AttemptResult> {
    const { candidate, chat, purpose, signal, wire } = options;
    const number = this.#numbers.next({ isMirror: purpose === 'mirror' });
    const id = `${this.#request.envelope.requestId}:${number}`;
    let admitted: AdmittedAttempt;
    try {
      const begun = this.#billing.begin({
        id,
        isFirst: number === 1,
        purpose,
        chat,
        target: candidate,
        body: wire.body,
        outputCapTokens: wire.outputCapTokens,
        signal,
      });
      admitted = begun instanceof Promise ? await begun : begun;
    } catch (thrown) {
      return this.#notMade(options, number, Fault.from(thrown));
    }
    return this.#make(options, number, admitted);
  }

  /** Nothing was sent. */
  #notMade({ candidate, slot, probe }: AttemptOptions, number: number, fault: Fault): AttemptResult {
    if (probe) {
      this.#engine.health.record(slot.healthKey, { kind: 'neutral' }, candidate.target.policy.breaker, probe);
    }
    // The cost service keeps nothing of what it has refused: the number, which is the hold's id, may be the next one's.
    if (isRefusal(fault)) this.#numbers.giveBack(number);
    return { ok: false, failure: { fault }, usage: missingUsage(candidate.model.id) };
  }

  async #make(options: AttemptOptions, number: number, admitted: AdmittedAttempt): Promise<AttemptResult> {
    const { slot, candidate, purpose } = options;
    const { load, health } = this.#engine;
    const { policy } = candidate.target;
    const isMirror = purpose === 'mirror';
    this.#sentBytes += options.wire.body.length;
    if (!isMirror) this.#made++;
    const begunMs = performance.now();
    const timer = load.begin(slot.healthKey.id);
    const stopWaiting = isMirror ? undefined : this.waited.start();
    let firstContentMs: number | undefined;
    let { probe } = options;
    const onFirstContent = () => {
      firstContentMs = performance.now() - begunMs;
      timer.content();
      if (!probe) return;
      // The target works again: other requests must not wait until the end of a long stream.
      health.record(slot.healthKey, { kind: 'success' }, policy.breaker, probe);
      probe = undefined;
    };
    const parts = {
      request: this.#request,
      engine: this.#engine,
      billing: this.#billing,
      // Nobody waits for a mirrored answer, and nothing follows it.
      received: isMirror ? { bytes: 0, values: 0 } : this.#received,
    };
    const sent = await sendToTarget(options, { ...parts, admitted, onFirstContent });
    stopWaiting?.();
    const latencyMs = performance.now() - begunMs;
    const result = this.#withoutOwnTimeout(sent, { begunMs, latencyMs });
    const isCancelled = !result.ok && options.hasLost();
    const failure = result.ok ? undefined : result.failure;
    const healthOutcome = healthOutcomeOf({ failure, isCancelled, isMirror, policy });
    timer.end(healthOutcome.kind);
    health.record(slot.healthKey, healthOutcome, policy.breaker, probe);
    if (failure && isUnsent(failure)) {
      this.#countUnsent(options);
      // No provider was called. Where nothing is held under its number either, the next attempt may have it.
      if (!admitted.held) {
        this.#numbers.giveBack(number);
        return result;
      }
    }
    return this.#reported(options, { number, admitted, result, isCancelled, latencyMs, firstContentMs });
  }

  #countUnsent({ purpose }: AttemptOptions): void {
    if (purpose === 'mirror') return;
    this.#made--;
    this.#unsent++;
  }

  /** The attempt's result, with what it has used as it was billed and reported. */
  #reported(options: AttemptOptions, { admitted, result, ...ended }: EndedAttempt): AttemptResult {
    const bill = this.#billing.end(admitted, {
      reported: result.usage,
      maybeBilled: mayBeBilled(result),
      latencyMs: ended.latencyMs,
      output: result.output,
      completion: result.ok ? result.body : undefined,
    });
    if (!result.ok && result.emptyAnswer) {
      this.#emptyAnswer = { ...result.emptyAnswer, sink: options.sink, usage: bill.usage };
    }
    const { startedAtMs } = admitted;
    const { endUser } = this.#billing;
    this.#reporter.report({ ...options, ...ended, startedAtMs, result, bill, endUser });
    return { ...result, usage: bill.usage };
  }

  /** A time-out for which the event loop was late is not the provider's, which may have answered long ago. */
  #withoutOwnTimeout(
    result: AttemptResult,
    { begunMs, latencyMs }: { begunMs: number; latencyMs: number },
  ): AttemptResult {
    if (result.ok || result.failure.status !== undefined) return result;
    const { fault } = result.failure;
    const isTimeout =
      fault.code === 'upstream_timeout' || systemCode(fault.cause) === 'UND_ERR_CONNECT_TIMEOUT';
    if (!isTimeout) return result;
    const stalledMs = this.#engine.stalls.stalledMsSince(begunMs);
    if (stalledMs < Math.max(stalled.leastMs, latencyMs * stalled.share)) return result;
    const message = `This process stood still for ${Math.round(stalledMs)} of ${Math.round(latencyMs)} ms`;
    const own = new Fault('resource_exhausted', {
      retryAfterMs: 1_000,
      cause: new Error(message, { cause: fault }),
    });
    return { ...result, failure: { ...result.failure, fault: own } };
  }
}
