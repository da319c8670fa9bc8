import type { FaultCode } from '@weir/contracts/faults';
import type { BreakerPolicy } from '../routing/target.ts';
import { isSameProbe, laterOf, verdictOf, type Breaker, type CircuitState } from './circuit-state.ts';
import { FailureWindow } from './failure-window.ts';
import type { Outcome, Probe } from './health.ts';
import { RefusalRun } from './refusal-run.ts';

/** However often it was opened in a row; a policy that asks for longer at once has its way. */
const maxOpenMs = 60_000;

/** Which share of its time a circuit stays open longer at most, so that those which opened together are not probed together. */
const jitter = 0.1;

const maxCooldownMs = 3_600_000;

/** After which another request may probe: the one that does may be slow, or have died with its router. */
const probeLeaseMs = 5_000;

/** How an attempt ended, and all that decides on what becomes of it. */
export interface Ended {
  readonly outcome: Outcome;
  readonly policy: BreakerPolicy;
  /** The right to probe that the attempt had. */
  readonly probe: Probe | undefined;
  readonly nowMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * The circuit breaker of one subject, and its cooldown beside it. It opens after too many failures in a row, or too large a
 * share of them; when its time is over one request probes, and closes it, or opens it for twice as long.
 */
export class Circuit {
  #state: CircuitState = {};
  #failuresInARow = 0;
  readonly #recent = new FailureWindow();
  readonly #refusals = new RefusalRun();

  /** Another object whenever anything of it has changed. */
  get state(): CircuitState {
    return this.#state;
  }

  /** What the routers together have found takes the place of what this one knew. */
  takeOver(state: CircuitState): void {
    // What was counted before it opened, or before it closed again, is of the past.
    if ((state.breaker === undefined) !== (this.#state.breaker === undefined)) this.#forget();
    this.#state = state;
  }

  /** The right to probe, if it is there to be had. */
  claim(by: string, nowMs: number): Probe | undefined {
    const { breaker } = this.#state;
    if (!breaker || verdictOf(this.#state, nowMs).state !== 'half_open') return undefined;
    const probe = { by, untilMs: nowMs + probeLeaseMs };
    this.#move({ ...breaker, probe });
    return probe;
  }

  /** Gives the right back, unused. */
  release(probe: Probe): void {
    const { breaker } = this.#state;
    if (breaker && isSameProbe(breaker.probe, probe)) this.#move({ ...breaker, probe: undefined });
  }

  record(ended: Ended): void {
    const { breaker } = this.#state;
    const { outcome, nowMs } = ended;
    if (outcome.kind === 'success') this.#refusals.granted();
    if (outcome.kind === 'cooldown')
      this.#coolDown(outcome.forMs ?? this.#unstatedMs(nowMs), outcome.code, nowMs);
    if (breaker) this.#settle(breaker, ended);
    else this.#count(ended);
  }

  /** Where it rests already, the request began before, and tells nothing new. */
  #unstatedMs(nowMs: number): number {
    const { cooldown } = this.#state;
    return cooldown && nowMs < cooldown.untilMs ? 0 : this.#refusals.refused();
  }

  /** An answer without success counts neither way: else a caller's bad requests would hide that all others fail. */
  #count({ outcome, policy, nowMs, random }: Ended): void {
    if (outcome.kind === 'success') {
      this.#failuresInARow = 0;
      this.#recent.add(false, nowMs);
    } else if (outcome.kind === 'failure') {
      this.#failuresInARow++;
      this.#recent.add(true, nowMs);
      const isTooOften = this.#recent.rate(policy.minRequests, nowMs) >= policy.failureRate;
      if (isTooOften || this.#failuresInARow >= policy.failures) {
        this.#open({ trips: 1, reason: outcome.code, openMs: policy.openMs, nowMs, random });
      }
    }
  }

  /** While it is open only the probe's outcome counts: every other request began before, and tells of then. */
  #settle(breaker: Breaker, { outcome, policy, probe, nowMs, random }: Ended): void {
    if (!probe) return;
    // Even that of a probe whose time was over: a slow target would never be well again.
    if (outcome.kind === 'success' || outcome.kind === 'alive') this.#move(undefined);
    else if (!isSameProbe(breaker.probe, probe)) return;
    else if (outcome.kind === 'failure') {
      this.#open({ trips: breaker.trips + 1, reason: outcome.code, openMs: policy.openMs, nowMs, random });
    } else this.release(probe);
  }

  #open({ trips, reason, openMs, nowMs, random }: Opening): void {
    const longestMs = Math.max(openMs, maxOpenMs);
    const forMs = Math.min(openMs * 2 ** (trips - 1), longestMs) * (1 + jitter * random());
    this.#move({ untilMs: Math.ceil(nowMs + forMs), trips, reason });
  }

  #coolDown(forMs: number, reason: FaultCode, nowMs: number): void {
    if (forMs <= 0) return;
    const untilMs = Math.ceil(nowMs + Math.min(forMs, maxCooldownMs));
    const cooldown = laterOf(this.#state.cooldown, { untilMs, reason });
    if (cooldown && cooldown !== this.#state.cooldown) this.#state = { ...this.#state, cooldown };
  }

  #move(breaker: Breaker | undefined): void {
    const { cooldown } = this.#state;
    this.takeOver({ ...(breaker && { breaker }), ...(cooldown && { cooldown }) });
  }

  #forget(): void {
    this.#failuresInARow = 0;
    this.#recent.forget();
  }
}

interface Opening {
  readonly trips: number;
  readonly reason: FaultCode;
  readonly openMs: number;
  readonly nowMs: number;
  readonly random: () => number;
}
