import type { FaultCode } from '@weir/contracts/faults';
import { backoffMs } from '@weir/service-kit/backoff';
import type { BreakerPolicy } from '../routing/compiled-config.ts';
import { isSameProbe, laterOf, statusAt, type OpenBreaker, type CircuitState } from './circuit-state.ts';
import { FailureWindow, RateLimitStreak } from './breaker-counters.ts';
import type { HealthOutcome, HalfOpenProbe } from './health.ts';

/** Each breaker stays open longer by up to this share, so that breakers that opened together are not probed together. */
const jitter = 0.1;

const maxCooldownMs = 3_600_000;

/** After this another request may probe: the first may be slow, or its router may have died. */
const probeLeaseMs = 5_000;

/** The end of an attempt, with all that decides on its consequences. */
export interface AttemptEnd {
  readonly outcome: HealthOutcome;
  readonly policy: BreakerPolicy;
  /** The probe that the attempt had. */
  readonly probe: HalfOpenProbe | undefined;
  readonly nowMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * The circuit breaker of one health key, and its cooldown. It opens after too many failures in a row, or too large a share
 * of failures. When its time is over it is half open: one request probes, and closes it or opens it again.
 */
export class CircuitBreaker {
  #state: CircuitState = {};
  #failuresInARow = 0;
  readonly #recent = new FailureWindow();
  readonly #rateLimits = new RateLimitStreak();

  /** A new object after each change. */
  get state(): CircuitState {
    return this.#state;
  }

  /** Replaces the state by what all routers know together. */
  replaceState(state: CircuitState): void {
    // What was counted before it opened, or before it closed again, counts no more.
    if ((state.breaker === undefined) !== (this.#state.breaker === undefined)) this.#forget();
    this.#state = state;
  }

  /** Takes the probe where the breaker is half open and nobody has it. */
  claim(by: string, nowMs: number): HalfOpenProbe | undefined {
    const { breaker } = this.#state;
    if (!breaker || statusAt(this.#state, nowMs).state !== 'half_open') return undefined;
    const probe = { by, untilMs: nowMs + probeLeaseMs };
    this.#move({ ...breaker, probe });
    return probe;
  }

  /** Gives the probe back, unused. */
  release(probe: HalfOpenProbe): void {
    const { breaker } = this.#state;
    if (breaker && isSameProbe(breaker.probe, probe)) this.#move({ ...breaker, probe: undefined });
  }

  record(end: AttemptEnd): void {
    const { breaker } = this.#state;
    const { outcome, nowMs } = end;
    if (outcome.kind === 'success') this.#rateLimits.reset();
    if (outcome.kind === 'cooldown')
      this.#coolDown(outcome.forMs ?? this.#unstatedCooldownMs(nowMs), outcome.code, end);
    if (breaker) this.#settle(breaker, end);
    else this.#count(end);
  }

  /** The cooldown for a rate limit without `retry-after`. During a cooldown the request began before it, and tells nothing new. */
  #unstatedCooldownMs(nowMs: number): number {
    const { cooldown } = this.#state;
    return cooldown && nowMs < cooldown.untilMs ? 0 : this.#rateLimits.rateLimited();
  }

  /** `alive` counts neither way: otherwise a caller's bad requests would hide that all other requests fail. */
  #count({ outcome, policy, nowMs, random }: AttemptEnd): void {
    if (outcome.kind === 'success') {
      this.#failuresInARow = 0;
      this.#recent.add(false, nowMs);
    } else if (outcome.kind === 'failure') {
      this.#failuresInARow++;
      this.#recent.add(true, nowMs);
      const isRateExceeded = this.#recent.rate(policy.minRequests, nowMs) >= policy.failureRate;
      if (isRateExceeded || this.#failuresInARow >= policy.failures) {
        this.#open({ trips: 1, reason: outcome.code, policy, nowMs, random });
      }
    }
  }

  /** While it is not closed only the probe's outcome counts: every other request began before it opened. */
  #settle(breaker: OpenBreaker, { outcome, policy, probe, random }: AttemptEnd): void {
    if (!probe) return;
    // A probe whose lease is over may still close it, or a slow target would never recover.
    if (outcome.kind === 'success' || outcome.kind === 'alive') this.#move(undefined);
    else if (!isSameProbe(breaker.probe, probe)) return;
    else if (outcome.kind === 'failure') {
      // It says how the target was when it was asked: a slow one may have recovered meanwhile.
      const sentAtMs = probe.untilMs - probeLeaseMs;
      this.#open({ trips: breaker.trips + 1, reason: outcome.code, policy, nowMs: sentAtMs, random });
    } else this.release(probe);
  }

  #open({ trips, reason, policy, nowMs, random }: Opening): void {
    const { openMs, maxOpenMs = openMs } = policy;
    const pause = { firstMs: openMs, longestMs: maxOpenMs };
    // Never shorter than the config says: here chance makes it longer.
    const forMs = backoffMs(trips - 1, pause) * (1 + jitter * random());
    this.#move({ untilMs: Math.ceil(nowMs + forMs), trips, reason });
  }

  #coolDown(forMs: number, reason: FaultCode, { policy, nowMs }: AttemptEnd): void {
    if (forMs <= 0) return;
    const untilMs = Math.ceil(nowMs + Math.min(forMs, policy.maxOpenMs ?? maxCooldownMs, maxCooldownMs));
    const cooldown = laterOf(this.#state.cooldown, { untilMs, reason });
    if (cooldown && cooldown !== this.#state.cooldown) this.#state = { ...this.#state, cooldown };
  }

  #move(breaker: OpenBreaker | undefined): void {
    const { cooldown } = this.#state;
    this.replaceState({ ...(breaker && { breaker }), ...(cooldown && { cooldown }) });
  }

  #forget(): void {
    this.#failuresInARow = 0;
    this.#recent.forget();
  }
}

interface Opening {
  readonly trips: number;
  readonly reason: FaultCode;
  readonly policy: BreakerPolicy;
  readonly nowMs: number;
  readonly random: () => number;
}
