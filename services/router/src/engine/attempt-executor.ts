import type { FaultCode } from '@weir/contracts/faults';
import type { AttemptMade } from '@weir/contracts/usage-events';
import { Fault } from '@weir/service-kit/fault';
import { traceIdOf } from '@weir/service-kit/trace-context';
import type { ResponseContext, WireRequest } from '../domain/dialect.ts';
import { attributeToProvider } from '../domain/failure.ts';
import { healthOutcomeOf } from '../domain/health/outcome.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { attemptLimits } from '../domain/routing/retry-policy.ts';
import { toAttemptMade, type FinishedAttempt } from './attempt-report.ts';
import type { PickedCredential } from './credential-picker.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import type { RequestContext } from './request-context.ts';
import type { ResponseSink } from './response-commit.ts';
import { sendAttempt, type AttemptParts, type AttemptResult } from './send-attempt.ts';
import { Stopwatch } from './stopwatch.ts';

export type Purpose = AttemptMade['purpose'];

export interface AttemptOptions extends PickedCredential {
  readonly candidate: AvailableTarget;
  readonly wire: WireRequest;
  readonly purpose: Purpose;
  readonly sink: ResponseSink;
  readonly signal: AbortSignal;
  /** Whether another attempt's response is committed, so that the end of this one is no failure. */
  readonly hasLost: () => boolean;
  /** As in {@link AttemptParts}. */
  readonly onContent: AttemptParts['onContent'];
}

/** Makes the attempts of one request. Each is numbered, timed, recorded with health and load, logged, and reported. */
export class AttemptExecutor {
  /** The time spent waiting for providers and in pauses between attempts. */
  readonly waited = new Stopwatch(() => performance.now());
  readonly #request: RequestContext;
  readonly #engine: EngineDependencies;
  #begun = 0;
  #mirrored = 0;
  #sentBytes = 0;

  constructor(request: RequestContext, engine: EngineDependencies) {
    this.#request = request;
    this.#engine = engine;
  }

  /** How many attempts there have been, without the mirrored ones. */
  get count(): number {
    return this.#begun - this.#mirrored;
  }

  /** Whether the request has reached its limits. */
  get areExhausted(): boolean {
    const { attempts, attemptsWithInlineConfig, sentBytes } = attemptLimits;
    const max = this.#request.configName === 'inline' ? attemptsWithInlineConfig : attempts;
    return this.count >= max || this.#sentBytes >= sentBytes;
  }

  /** Throws nothing. */
  async run(options: AttemptOptions): Promise<AttemptResult> {
    const { slot, candidate, purpose } = options;
    const { load, health, clock } = this.#engine;
    const { policy } = candidate.target;
    const isMirror = purpose === 'mirror';
    const number = ++this.#begun;
    this.#sentBytes += options.wire.body.length;
    if (isMirror) this.#mirrored++;
    const startedAtMs = clock.nowMs();
    const begunMs = performance.now();
    const timer = load.begin(slot.healthKey.id);
    const stopWaiting = isMirror ? undefined : this.waited.start();
    let firstContentMs: number | undefined;
    let { probe } = options;
    const result = await this.#send(options, () => {
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
    this.#report({ ...options, number, startedAtMs, latencyMs, firstContentMs, result, isCancelled });
    return result;
  }

  /** Measures, logs and reports a finished attempt. */
  #report(finished: AttemptOptions & Omit<FinishedAttempt, 'outcome'> & { isCancelled: boolean }): void {
    const { candidate, firstContentMs, isCancelled, latencyMs, result } = finished;
    const { metrics, report } = this.#engine;
    const provider = candidate.provider.name;
    const outcome = isCancelled ? 'cancelled' : toOutcome(result);
    metrics.observe(provider, outcome, latencyMs);
    if (this.#request.chat.stream && firstContentMs !== undefined) {
      metrics.observeFirstToken(provider, firstContentMs);
    }
    if (!result.ok && !isCancelled) this.#log(result.failure.fault, provider);
    report(toAttemptMade(this.#request, { ...finished, outcome }));
  }

  async #send(options: AttemptOptions, onFirstContent: () => void): Promise<AttemptResult> {
    const { candidate, credential, wire, sink, signal, onContent } = options;
    const { upstreams, clock } = this.#engine;
    const { timeouts } = candidate.target.policy;
    const timeLimit = limitTime(signal, timeouts.totalMs, clock);
    const result = await sendAttempt({
      upstream: upstreams.of(candidate.provider),
      wire,
      isStreamed: this.#request.chat.stream === true,
      context: this.#contextOf(candidate),
      credential,
      timeouts,
      sink,
      signal: timeLimit.signal,
      onContent: (texts) => {
        onContent(texts);
        onFirstContent();
      },
    });
    timeLimit.release();
    if (result.ok) return result;
    const { fault, status } = result.failure;
    return { ...result, failure: { fault: attributeToProvider(candidate.provider.name, fault), status } };
  }

  #contextOf({ model, target }: AvailableTarget): ResponseContext {
    const { chat, envelope } = this.#request;
    return {
      requestId: envelope.requestId,
      model: model.id,
      createdAtS: Math.floor(this.#engine.clock.nowMs() / 1_000),
      choices: target.overrides.n ?? chat.n ?? 1,
      includeUsage: chat.stream_options?.include_usage === true,
    };
  }

  #log({ code, cause, owner }: Fault, provider: string): void {
    // Operators want to see who tries to reach into their network.
    if (owner !== 'provider' && code !== 'host_not_allowed') return;
    const { requestId, traceparent } = this.#request.envelope;
    const reason = cause instanceof Error ? cause.message : undefined;
    const traceId = traceIdOf(traceparent);
    this.#engine.logger.warn({ code, cause: reason, provider, requestId, traceId }, 'a provider failed');
  }
}

function toOutcome(result: AttemptResult): 'ok' | FaultCode {
  return result.ok ? 'ok' : result.failure.fault.code;
}

/** Aborts an attempt after `limitMs`. Without a limit there is no controller, which would cost more than it is worth. */
function limitTime(signal: AbortSignal, limitMs: number | undefined, clock: EngineDependencies['clock']) {
  if (limitMs === undefined) return { signal, release: () => undefined };
  const controller = new AbortController();
  const release = clock.after(limitMs, () => {
    controller.abort(new Fault('upstream_timeout'));
  });
  return { signal: AbortSignal.any([signal, controller.signal]), release };
}
