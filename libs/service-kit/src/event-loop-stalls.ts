import type { Clock } from './clock.ts';

interface StallParts {
  readonly clock: Clock;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
}

interface Stall {
  readonly endedAtMs: number;
  readonly lateMs: number;
}

const tickMs = 50;
/** A turn that is less late than this has kept no wait from its end. */
const leastMs = 100;
const maxStalls = 64;

/** When the event loop of this process stood still: a wait that ran out meanwhile says nothing of whoever was waited for. */
export class EventLoopStalls {
  readonly #nowMs: () => number;
  readonly #stalls: Stall[] = [];
  #tickedAtMs: number;

  constructor({ clock, nowMs = () => performance.now() }: StallParts) {
    this.#nowMs = nowMs;
    this.#tickedAtMs = nowMs();
    clock.every(tickMs, () => {
      this.#tick();
    });
  }

  /** For how long it stood still since then, by the same clock. */
  stalledMsSince(sinceMs: number): number {
    // What has waited for the end of a stall may go on before the tick that ends it.
    this.#tick();
    return this.#stalls
      .filter(({ endedAtMs }) => endedAtMs > sinceMs)
      .reduce((total, { endedAtMs, lateMs }) => total + Math.min(lateMs, endedAtMs - sinceMs), 0);
  }

  #tick(): void {
    const nowMs = this.#nowMs();
    const lateMs = nowMs - this.#tickedAtMs - tickMs;
    this.#tickedAtMs = nowMs;
    if (lateMs < leastMs) return;
    this.#stalls.push({ endedAtMs: nowMs, lateMs });
    if (this.#stalls.length > maxStalls) this.#stalls.shift();
  }
}
