import { Fault } from '@weir/service-kit/fault';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { missingUsage } from '../dialects/usage.ts';
import type { WireRequest } from '../domain/dialect.ts';
import { isAmong, isFinal, isOfCredential, type Failure } from '../domain/failure.ts';
import type { Access, Candidate } from '../domain/routing/candidate.ts';
import type { Asked } from './asked.ts';
import type { AttemptResult } from './attempt.ts';
import type { Attempts, Purpose } from './attempts.ts';
import { longestPauseMs, pause, retryPauseMs, shortPauseMs } from './backoff.ts';
import type { EngineParts } from './engine-parts.ts';
import { Entrance, type Entry } from './entrance.ts';
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

/** Asks one target, with one of its credentials after the other, again and again as far as its policy and its budget allow. */
export class TargetRun {
  readonly #options: TargetRunOptions;
  readonly #parts: RunParts;
  readonly #entrance: Entrance;
  #retries = 0;
  #hasSent = false;

  constructor(options: TargetRunOptions, parts: RunParts) {
    this.#options = options;
    this.#parts = parts;
    const { candidate, signal } = options;
    const { clock, health } = parts.engine;
    this.#entrance = new Entrance({ candidate, clock, health, signal });
  }

  /** Resolves with the last attempt's result, or tells why there is none, or no further one. Throws nothing. */
  async run(): Promise<AttemptResult> {
    const { candidate, chat } = this.#options;
    let last: AttemptResult | undefined;
    try {
      const wire = wireFor(chat, candidate, this.#parts.engine);
      const outlet = this.#outlet(wire);
      for (let why = this.#options.purpose; ; why = 'retry') {
        const entry = await this.#entrance.next();
        if (!entry) return last ?? this.#unasked(this.#entrance.restingFault());
        if (!last) this.#parts.engine.retryBudget.deposit(entry.access.subject.key);
        last = await this.#attempt(entry, wire, outlet, why);
        if (last.ok || this.#isOver(last.failure)) return last;
        if (isOfCredential(last.failure) && this.#entrance.hasNext) continue;
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

  /** Whether the target is to be asked once more; if so, resolves when it is time. */
  async #waitToRetry(failure: Failure, { subject }: Access): Promise<boolean> {
    const { candidate, signal } = this.#options;
    const { engine, attempts } = this.#parts;
    const { retry } = candidate.target.policy;
    // What is the caller's own would fail again, and the budget for retries is everybody's.
    const isWorthIt = failure.fault.owner === 'provider' && isAmong(retry.onStatusCodes, failure);
    if (this.#retries >= retry.attempts || !isWorthIt) return false;
    const pauseMs = this.#pauseMs(failure);
    if (pauseMs === undefined) return false;
    if (!engine.retryBudget.withdraw(subject.key)) {
      engine.metrics.observeExhaustedBudget(candidate.provider.name);
      return false;
    }
    this.#retries++;
    this.#entrance.reopen();
    const stopWaiting = attempts.waited.start();
    await pause(pauseMs, signal, engine.clock).finally(stopWaiting);
    return true;
  }

  /** How long to wait before the next retry; undefined where that is too long, or the target is out of order. */
  #pauseMs(failure: Failure): number | undefined {
    const { candidate, couldMoveOn } = this.#options;
    const { engine, asked } = this.#parts;
    const nowMs = engine.clock.nowMs();
    const pauseMs = retryPauseMs({
      failure,
      verdicts: this.#entrance.verdicts,
      usesRetryAfter: candidate.target.policy.retry.usesRetryAfter,
      retry: this.#retries,
      nowMs,
      random: engine.random,
    });
    // A host that a config has brought could have a place here kept for a minute, for nothing.
    const maxPauseMs = candidate.provider.isOfConfig ? shortPauseMs : longestPauseMs;
    if (pauseMs === undefined || pauseMs > maxPauseMs || nowMs + pauseMs >= asked.envelope.deadlineAtMs) {
      return undefined;
    }
    return pauseMs > shortPauseMs && couldMoveOn(failure) ? undefined : pauseMs;
  }

  #unasked(fault: Fault): AttemptResult {
    return { ok: false, failure: { fault }, usage: missingUsage(this.#options.candidate.model.id) };
  }
}
