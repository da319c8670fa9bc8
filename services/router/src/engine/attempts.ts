import type { FaultCode } from '@weir/contracts/faults';
import type { AttemptMade } from '@weir/contracts/usage-events';
import { Fault } from '@weir/service-kit/fault';
import { traceIdOf } from '@weir/service-kit/trace-context';
import type { AnswerContext, WireRequest } from '../domain/dialect.ts';
import { attributeTo } from '../domain/fault-details.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import type { Asked } from './asked.ts';
import { toAttemptMade, type EndedAttempt } from './attempt-report.ts';
import { attempt, type AttemptParts, type AttemptResult } from './attempt.ts';
import type { EngineParts } from './engine-parts.ts';
import { judge } from './judge.ts';
import type { Entry } from './entrance.ts';
import type { Outlet } from './outlet.ts';
import { Stopwatch } from './stopwatch.ts';

export type Purpose = AttemptMade['purpose'];

export interface AttemptOptions extends Entry {
  readonly candidate: Candidate;
  readonly wire: WireRequest;
  readonly purpose: Purpose;
  readonly outlet: Outlet;
  readonly signal: AbortSignal;
  /** Whether another attempt's answer was taken, so that this one's end is no failure. */
  readonly hasLost: () => boolean;
  /** As in {@link AttemptParts}. */
  readonly onContent: AttemptParts['onContent'];
}

/** However many targets, credentials and retries a config allows: one request must not become a flood. */
const limits = { attempts: 32, attemptsInline: 16, bytes: 64 * 1024 * 1024 };

/** All attempts of one request: each is numbered, timed, told to health and load, logged, and reported with its usage. */
export class Attempts {
  /** How long providers, and the pauses between attempts, have been waited for. */
  readonly waited = new Stopwatch(() => performance.now());
  readonly #asked: Asked;
  readonly #parts: EngineParts;
  #begun = 0;
  #mirrored = 0;
  #sentBytes = 0;

  constructor(asked: Asked, parts: EngineParts) {
    this.#asked = asked;
    this.#parts = parts;
  }

  /** How many there have been, but for those whose answer nobody reads. */
  get count(): number {
    return this.#begun - this.#mirrored;
  }

  /** Whether no further one is to be made. */
  get areUsedUp(): boolean {
    // Whoever sends its config along is whoever asks, and nobody has looked at it.
    const max = this.#asked.configName === 'inline' ? limits.attemptsInline : limits.attempts;
    return this.count >= max || this.#sentBytes >= limits.bytes;
  }

  /** Throws nothing. */
  async make(options: AttemptOptions): Promise<AttemptResult> {
    const { access, candidate, probe, purpose } = options;
    const { load, health, clock } = this.#parts;
    const number = ++this.#begun;
    this.#sentBytes += options.wire.body.length;
    if (purpose === 'mirror') this.#mirrored++;
    const startedAtMs = clock.nowMs();
    const begunMs = performance.now();
    const timer = load.begin(access.subject.key);
    const stopWaiting = purpose === 'mirror' ? undefined : this.waited.start();
    let firstContentMs: number | undefined;
    let unsettled = probe;
    const result = await this.#send(options, () => {
      firstContentMs = performance.now() - begunMs;
      timer.content();
      if (!unsettled) return;
      // It works again: others must not wait until a long stream has ended.
      health.record(access.subject, { kind: 'success' }, candidate.target.policy.breaker, unsettled);
      unsettled = undefined;
    });
    stopWaiting?.();
    const latencyMs = performance.now() - begunMs;
    const isCancelled = !result.ok && options.hasLost();
    const judged = judge(result, isCancelled, options);
    timer.end(judged.kind);
    health.record(access.subject, judged, candidate.target.policy.breaker, unsettled);
    this.#tell({ ...options, number, startedAtMs, latencyMs, firstContentMs, result, isCancelled });
    return result;
  }

  /** Measures, logs and reports an attempt that is over. */
  #tell(ended: AttemptOptions & Omit<EndedAttempt, 'outcome'> & { isCancelled: boolean }): void {
    const { candidate, firstContentMs, isCancelled, latencyMs, result } = ended;
    const { metrics, report } = this.#parts;
    const provider = candidate.provider.name;
    const outcome = isCancelled ? 'cancelled' : outcomeWord(result);
    metrics.observe(provider, outcome, latencyMs);
    if (this.#asked.chat.stream && firstContentMs !== undefined) {
      metrics.observeFirstToken(provider, firstContentMs);
    }
    if (!result.ok && !isCancelled) this.#log(result.failure.fault, provider);
    report(toAttemptMade(this.#asked, { ...ended, outcome }));
  }

  async #send(options: AttemptOptions, onFirst: () => void): Promise<AttemptResult> {
    const { candidate, access, wire, outlet, signal, onContent } = options;
    const { upstreams, clock } = this.#parts;
    const { timeouts } = candidate.target.policy;
    const bound = boundBy(signal, timeouts.totalMs, clock);
    const result = await attempt({
      upstream: upstreams.of(candidate.provider),
      wire,
      isStreamed: this.#asked.chat.stream === true,
      context: this.#contextOf(candidate),
      credential: access.credential,
      timeouts,
      outlet,
      signal: bound.signal,
      onContent: (texts) => {
        onContent(texts);
        onFirst();
      },
    });
    bound.release();
    if (result.ok) return result;
    const { fault, status } = result.failure;
    return { ...result, failure: { fault: attributeTo(candidate.provider.name, fault), status } };
  }

  #contextOf({ model, target }: Candidate): AnswerContext {
    const { chat, envelope } = this.#asked;
    return {
      requestId: envelope.requestId,
      model: model.id,
      createdAtS: Math.floor(this.#parts.clock.nowMs() / 1_000),
      choices: target.overrides.n ?? chat.n ?? 1,
      includeUsage: chat.stream_options?.include_usage === true,
    };
  }

  #log({ code, cause, owner }: Fault, provider: string): void {
    // An operator wants to see who tries to reach into the network.
    if (owner !== 'provider' && code !== 'host_not_allowed') return;
    const { requestId, traceparent } = this.#asked.envelope;
    const reason = cause instanceof Error ? cause.message : undefined;
    const traceId = traceIdOf(traceparent);
    this.#parts.logger.warn({ code, cause: reason, provider, requestId, traceId }, 'a provider failed');
  }
}

function outcomeWord(result: AttemptResult): 'ok' | FaultCode {
  return result.ok ? 'ok' : result.failure.fault.code;
}

/** Ends an attempt that takes longer than its target may. A controller costs more than it is worth where there is no limit. */
function boundBy(signal: AbortSignal, limitMs: number | undefined, clock: EngineParts['clock']) {
  if (limitMs === undefined) return { signal, release: () => undefined };
  const controller = new AbortController();
  const release = clock.after(limitMs, () => {
    controller.abort(new Fault('upstream_timeout'));
  });
  return { signal: AbortSignal.any([signal, controller.signal]), release };
}
