import type { FaultCode } from '@weir/contracts/faults';
import type { Clock } from '@weir/service-kit/clock';
import type { Fault } from '@weir/service-kit/fault';

/** After so many look-ups that failed the cache is left alone. */
const maxFailures = 3;
/** What one that did not makes up for: with more, a replica of two that hangs would never be noticed, and every other request wait for it. */
const redeemedFailures = 0.25;
/** For so long; then one look-up tries whether it is back. */
const pauseMs = 5_000;
/** A failure that is told sooner costs nothing: while a replica restarts there may be nobody to ask, and the next is asked again. */
const cheapMs = 50;

/** They say nothing of the cache: the request's own time is over, or nobody can be reached. */
const notTheCaches: ReadonlySet<FaultCode> = new Set(['deadline_exceeded', 'bus_disconnected']);

/** Keeps requests from waiting for a cache that hangs, each for the whole time-out. */
export class LookupBreaker {
  readonly #clock: Pick<Clock, 'nowMs'>;
  #failures = 0;
  #closedAtMs = 0;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Whether the cache may be asked now. Whoever is told so asks it, and tells how that went. */
  allows(): boolean {
    if (this.#failures < maxFailures) return true;
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#closedAtMs) return false;
    this.#closedAtMs = nowMs + pauseMs;
    return true;
  }

  succeeded(): void {
    this.#failures = Math.max(0, this.#failures - redeemedFailures);
  }

  failed({ code, owner }: Fault, tookMs: number): void {
    if (tookMs < cheapMs || owner !== 'gateway' || notTheCaches.has(code)) return;
    this.#failures = Math.min(maxFailures, this.#failures + 1);
    if (this.#failures === maxFailures) this.#closedAtMs = this.#clock.nowMs() + pauseMs;
  }
}
