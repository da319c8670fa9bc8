import { Fault } from '@weir/service-kit/fault';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { missingUsage } from '../dialects/usage.ts';
import type { WireRequest } from '../domain/dialect.ts';
import { isAmong, isFinal, isOfCredential, type Failure } from '../domain/failure.ts';
import type { Access, Candidate } from '../domain/routing/candidate.ts';
import type { Asked } from './asked.ts';
import type { AttemptResult } from './attempt.ts';
import type { AttemptOptions, Attempts, Purpose } from './attempts.ts';
import { backoffMs, longestPauseMs, pause, shortPauseMs } from './backoff.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Outlet } from './outlet.ts';
import { wireFor } from './target-wire.ts';

export interface TargetRunOptions {
  readonly candidate: Candidate;
  /** What the target is asked. Its parameters are those of the config already. */
  readonly chat: ChatRequest;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
  /** Where its answer goes; `retries` tells how many there have been. */
  readonly outletOf: (wire: WireRequest, retries: () => number) => Outlet;
  readonly hasLost: () => boolean;
  /** Whether another target could be asked instead of this one. */
  readonly couldMoveOn: (failure: Failure) => boolean;
  readonly onContent: (texts: readonly string[]) => void;
}

interface RunParts {
  readonly asked: Asked;
  readonly attempts: Attempts;
  readonly engine: EngineParts;
}

/** A timer may go off a little before its time, and the target would still be resting then. */
const timerSlackMs = 3;

/** A way in that may be used now. */
type Entry = Pick<AttemptOptions, 'access' | 'probe'>;

/** Asks one target, with one of its credentials after the other, again and again as far as its policy and its budget allow. */
export class TargetRun {
  readonly #options: TargetRunOptions;
  readonly #parts: RunParts;
  readonly #tried = new Set<Access>();
  #retries = 0;
  #hasSent = false;

  constructor(options: TargetRunOptions, parts: RunParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Resolves with the last attempt's result, or tells why there is none, or no further one. Throws nothing. */
  async run(): Promise<AttemptResult> {
    const { candidate, chat } = this.#options;
    let last: AttemptResult | undefined;
    try {
      const wire = wireFor(chat, candidate, this.#parts.engine);
      const outlet = this.#outlet(wire);
      for (let why = this.#options.purpose; ; why = 'retry') {
        const entry = await this.#enter();
        if (!entry) return last ?? this.#unasked(this.#restingFault());
        if (!last) this.#parts.engine.retryBudget.deposit(entry.access.subject.key);
        last = await this.#attempt(entry, wire, outlet, why);
        if (last.ok || this.#isOver(last.failure)) return last;
        if (isOfCredential(last.failure) && this.#hasUntried()) continue;
        if (!(await this.#waitToRetry(last.failure, entry.access))) return last;
      }
    } catch (thrown) {
      return this.#unasked(Fault.from(thrown));
    }
  }

  /** Whether no attempt may follow: nobody waits for one, there have been too many, or a part of an answer has been sent. */
  #isOver(failure: Failure): boolean {
    return this.#hasSent || isFinal(failure) || this.#parts.attempts.areUsedUp;
  }

  #outlet(wire: WireRequest): Outlet {
    const outlet = this.#options.outletOf(wire, () => this.#retries);
    return {
      open: () => {
        outlet.open();
        this.#hasSent = true;
      },
      chunk: (chunk) => outlet.chunk(chunk),
    };
  }

  #attempt(entry: Entry, wire: WireRequest, outlet: Outlet, purpose: Purpose): Promise<AttemptResult> {
    const { candidate, signal, hasLost, onContent } = this.#options;
    this.#tried.add(entry.access);
    return this.#parts.attempts.make({
      ...entry,
      candidate,
      wire,
      purpose,
      outlet,
      signal,
      hasLost,
      onContent,
    });
  }

  /** The next credential that may be used now. One that is to prove that it works again is used by one request at a time. */
  async #enter(): Promise<Entry | undefined> {
    const { candidate, signal } = this.#options;
    const { accesses, target } = candidate;
    const { health } = this.#parts.engine;
    signal.throwIfAborted();
    for (const access of accesses) {
      if (this.#tried.has(access)) continue;
      const { state, retryAtMs } = health.check(access.subject);
      if (retryAtMs !== undefined) continue;
      if (state !== 'half_open') return { access, probe: undefined };
      const probe = await health.claimProbe(access.subject);
      if (!probe) continue;
      if (!signal.aborted) return { access, probe };
      health.record(access.subject, { kind: 'neutral' }, target.policy.breaker, probe);
      signal.throwIfAborted();
    }
    return undefined;
  }

  #hasUntried(): boolean {
    const { health } = this.#parts.engine;
    return this.#options.candidate.accesses.some(
      (access) => !this.#tried.has(access) && health.check(access.subject).retryAtMs === undefined,
    );
  }

  /** Whether the target is to be asked once more; if so, resolves when it is time. */
  async #waitToRetry(failure: Failure, { subject }: Access): Promise<boolean> {
    const { candidate, signal } = this.#options;
    const { engine, attempts } = this.#parts;
    const { retry } = candidate.target.policy;
    if (this.#retries >= retry.attempts || !isAmong(retry.onStatusCodes, failure)) return false;
    const pauseMs = this.#pauseMs(failure);
    if (pauseMs === undefined) return false;
    if (!engine.retryBudget.withdraw(subject.key)) {
      engine.metrics.observeExhaustedBudget(candidate.provider.name);
      return false;
    }
    this.#retries++;
    this.#tried.clear();
    const stopWaiting = attempts.waited.start();
    await pause(pauseMs, signal, engine.clock).finally(stopWaiting);
    return true;
  }

  /** How long to wait before the next retry; undefined where that is too long, or the target is out of order. */
  #pauseMs(failure: Failure): number | undefined {
    const { candidate, couldMoveOn } = this.#options;
    const { engine, asked } = this.#parts;
    const nowMs = engine.clock.nowMs();
    const verdicts = candidate.accesses.map(({ subject }) => engine.health.check(subject));
    if (verdicts.every(({ state }) => state === 'open')) return undefined;
    const restsUntilMs = Math.min(...verdicts.map(({ retryAtMs = nowMs }) => retryAtMs));
    const restMs = restsUntilMs > nowMs ? restsUntilMs - nowMs + timerSlackMs : 0;
    const { retryAfterMs = 0 } = failure.fault.details;
    const { usesRetryAfter } = candidate.target.policy.retry;
    // How long it rests is what was told last by whichever of its credentials is free first.
    const toldMs = restMs > 0 ? restMs : usesRetryAfter ? retryAfterMs : 0;
    const pauseMs = toldMs > 0 ? toldMs : backoffMs(this.#retries, engine.random);
    if (pauseMs > longestPauseMs || nowMs + pauseMs >= asked.envelope.deadlineAtMs) return undefined;
    return pauseMs > shortPauseMs && couldMoveOn(failure) ? undefined : pauseMs;
  }

  /** It was well when it was chosen, and is not any more, or another request is just finding out. */
  #restingFault(): Fault {
    const { health, clock } = this.#parts.engine;
    const { accesses } = this.#options.candidate;
    const nowMs = clock.nowMs();
    const waitsMs = accesses.map(({ subject }) => (health.check(subject).retryAtMs ?? nowMs) - nowMs);
    return new Fault('no_target_available', { retryAfterMs: Math.max(0, Math.min(...waitsMs)) });
  }

  #unasked(fault: Fault): AttemptResult {
    return { ok: false, failure: { fault }, usage: missingUsage(this.#options.candidate.model.id) };
  }
}
