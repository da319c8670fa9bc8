import type { FaultCode } from '@weir/contracts/faults';
import type { LimitState } from '@weir/contracts/cost/admission';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { AttemptMade } from '@weir/contracts/usage-events';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import type { AdmittedAttempt } from '../billing/attempt-bill.ts';
import { RequestBilling } from '../billing/request-billing.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { ResponseContext, WireRequest } from '../domain/dialect.ts';
import { attributed, type Failure } from '../domain/failure.ts';
import { secretsOf } from '../domain/provider.ts';
import { isRefusal } from '../domain/refusal.ts';
import { healthOutcomeOf } from '../domain/health/outcome.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { attemptLimits } from '../domain/routing/retry-policy.ts';
import { limitTime } from './attempt-time-limit.ts';
import { AttemptNumbers } from './attempt-numbers.ts';
import { mayBeBilled, toAttemptMade, type FinishedAttempt } from './attempt-report.ts';
import type { PickedCredential } from './credential-picker.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import { logFailure } from './failure-log.ts';
import type { RequestContext } from './request-context.ts';
import type { ResponseSink } from './response-commit.ts';
import { sendAttempt, type AttemptParts, type AttemptResult, type EmptyAnswer } from './send-attempt.ts';
import { Stopwatch } from './stopwatch.ts';

export type Purpose = AttemptMade['purpose'];

export interface AttemptOptions extends PickedCredential {
  readonly candidate: AvailableTarget;
  /** With the config's overrides. */
  readonly chat: ChatRequest;
  /** The same in the words of the candidate's dialect. */
  readonly wire: WireRequest;
  readonly purpose: Purpose;
  readonly sink: ResponseSink;
  readonly signal: AbortSignal;
  /** Whether another attempt's response is committed, so that the end of this one is no failure. */
  readonly hasLost: () => boolean;
  /** As in {@link AttemptParts}. */
  readonly onContent: AttemptParts['onContent'];
  /** Whether another target could be tried after this failure. */
  readonly hasNextTarget: (failure: Failure) => boolean;
}

/** An answer that may still be given, where no better one comes. */
interface SpareAnswer extends EmptyAnswer {
  readonly sink: ResponseSink;
  readonly usage: UsageRecord;
}

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
  #made = 0;
  #sentBytes = 0;
  #hasReported = false;
  #emptyAnswer: SpareAnswer | undefined;

  constructor(request: RequestContext, engine: EngineDependencies) {
    this.#request = request;
    this.#engine = engine;
    this.#numbers = new AttemptNumbers(request.envelope);
    this.#billing = new RequestBilling(request, engine.billing);
  }

  /** How many attempts there have been, without the mirrored ones and those that were refused. */
  get count(): number {
    return this.#made;
  }

  /** The last answer that said nothing, for which another target's was wanted: it has been paid for. */
  get emptyAnswer(): SpareAnswer | undefined {
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
    const { attempts, attemptsWithInlineConfig, sentBytes } = attemptLimits;
    const max = this.#request.configName === 'inline' ? attemptsWithInlineConfig : attempts;
    return this.count >= max || this.#sentBytes >= sentBytes;
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
    const result = await this.#send(options, admitted, () => {
      firstContentMs = performance.now() - begunMs;
      timer.content();
      if (!probe) return;
      // The target works again: other requests must not wait until the end of a long stream.
      health.record(slot.healthKey, { kind: 'success' }, policy.breaker, probe);
      probe = undefined;
    });
    stopWaiting?.();
    const latencyMs = performance.now() - begunMs;
    const isCancelled = !result.ok && options.hasLost();
    const failure = result.ok ? undefined : result.failure;
    const healthOutcome = healthOutcomeOf({ failure, isCancelled, isMirror, policy });
    timer.end(healthOutcome.kind);
    health.record(slot.healthKey, healthOutcome, policy.breaker, probe);
    const bill = this.#billing.end(admitted, {
      reported: result.usage,
      maybeBilled: mayBeBilled(result),
      latencyMs,
      output: result.output,
      completion: result.ok ? result.body : undefined,
    });
    if (!result.ok && result.emptyAnswer) {
      this.#emptyAnswer = { ...result.emptyAnswer, sink: options.sink, usage: bill.usage };
    }
    const { startedAtMs } = admitted;
    this.#report({ ...options, number, startedAtMs, latencyMs, firstContentMs, result, isCancelled, bill });
    return { ...result, usage: bill.usage };
  }

  /** Measures, logs and reports a finished attempt. */
  #report(
    finished: AttemptOptions &
      Omit<FinishedAttempt, 'outcome' | 'endUser' | 'isFirstReport'> & { isCancelled: boolean },
  ): void {
    const { candidate, firstContentMs, isCancelled, latencyMs, result } = finished;
    const { metrics, report } = this.#engine;
    const provider = candidate.provider.name;
    const outcome = isCancelled ? 'cancelled' : toOutcome(result);
    metrics.observe(provider, outcome, latencyMs);
    if (this.#request.chat.stream && firstContentMs !== undefined) {
      metrics.observeFirstToken(provider, firstContentMs);
    }
    if (result.lateWarnings?.length) this.#logLate(result.lateWarnings, provider);
    if (!result.ok && !isCancelled) {
      logFailure(result.failure, {
        ...finished,
        envelope: this.#request.envelope,
        logger: this.#engine.logger,
      });
    }
    const isFirstReport = !this.#hasReported;
    this.#hasReported = true;
    const { endUser } = this.#billing;
    report(toAttemptMade(this.#request, { ...finished, outcome, endUser, isFirstReport }));
  }

  async #send(
    options: AttemptOptions,
    admitted: AdmittedAttempt,
    onFirstContent: () => void,
  ): Promise<AttemptResult> {
    const { candidate, credential, wire, sink, signal, onContent } = options;
    const { upstreams, clock } = this.#engine;
    const { timeouts } = candidate.target.policy;
    const upstream = upstreams.of(candidate.provider);
    const isStreamed = this.#request.chat.stream === true;
    const { firstContentMs = upstream.firstContentTimeoutMs, totalMs } = timeouts;
    const limits = { totalMs, firstContentMs: isStreamed ? firstContentMs : undefined };
    const timeLimit = limitTime(signal, limits, clock);
    const result = await sendAttempt({
      upstream,
      wire,
      isStreamed,
      context: this.#contextOf(options, admitted),
      slices: admitted.held?.slices,
      credential,
      timeouts,
      sink,
      signal: timeLimit.signal,
      onContent: (texts) => {
        timeLimit.contentHasCome();
        onContent(texts);
        onFirstContent();
      },
      onEmptyAnswer: () => {
        this.#takeEmptyAnswer(options);
      },
    });
    timeLimit.release();
    if (result.ok) return result;
    const { provider } = candidate;
    return { ...result, failure: attributed(result.failure, provider.name, secretsOf(provider, credential)) };
  }

  /** Throws where the config prefers another target's answer, and there is one to ask. */
  #takeEmptyAnswer({ candidate, purpose, hasNextTarget }: AttemptOptions): void {
    const { provider, target } = candidate;
    this.#engine.metrics.observeEmptyAnswer(provider.name);
    const fault = new Fault('upstream_empty_answer');
    if (target.policy.onEmptyAnswer !== 'fallback' || purpose === 'continuation') return;
    if (hasNextTarget({ fault, isEmptyAnswer: true })) throw fault;
  }

  #contextOf({ candidate, chat: sent }: AttemptOptions, admitted: AdmittedAttempt): ResponseContext {
    const { model, target } = candidate;
    const { chat, config, envelope } = this.#request;
    const includeUsage = chat.stream_options?.include_usage === true;
    return {
      requestId: envelope.requestId,
      model: model.id,
      createdAtS: Math.floor(this.#engine.clock.nowMs() / 1_000),
      choices: target.overrides.n ?? chat.n ?? 1,
      forcesNamedCall: forcesNamedCall(sent),
      isContinuable: config.onStreamFailure === 'continue',
      includeUsage,
      ...(includeUsage && {
        usageExtension: (usage: UsageRecord) => this.#billing.usageExtension(admitted, usage),
      }),
    };
  }

  /** Of the answer, where its head had been sent. */
  #logLate(warnings: readonly string[], provider: string): void {
    const { requestId } = this.#request.envelope;
    this.#engine.metrics.observeLateWarnings(provider, warnings.length);
    this.#engine.logger.warn(
      { warnings, provider, requestId },
      'an answer was mended after its head was sent',
    );
  }
}

function toOutcome(result: AttemptResult): 'ok' | FaultCode {
  return result.ok ? 'ok' : result.failure.fault.code;
}

/** By OpenAI's field for it, or by its older one. */
function forcesNamedCall({ tool_choice: choice, function_call: older }: ChatRequest): boolean {
  if (typeof choice === 'object' && choice !== null)
    return choice.type === 'function' || choice.type === 'custom';
  return typeof older === 'object' && older !== null;
}
