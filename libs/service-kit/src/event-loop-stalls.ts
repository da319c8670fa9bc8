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
  readonly stop: () => void;
  readonly #nowMs: () => number;
  readonly #stalls: Stall[] = [];
  #tickedAtMs: number;
  #totalMs = 0;

  constructor({ clock, nowMs = () => performance.now() }: StallParts) {
    this.#nowMs = nowMs;
    this.#tickedAtMs = nowMs();
    this.stop = clock.every(tickMs, () => {
      this.#tick();
    });
  }

  /** For how long it stood still in all. */
  get totalMs(): number {
    return this.#totalMs + (this.#current()?.lateMs ?? 0);
  }

  /** The last time that it stood still. */
  get latest(): Stall | undefined {
    return this.#current() ?? this.#stalls.at(-1);
  }

  /** For how long it stood still since then, by the same clock. */
  stalledMsSince(sinceMs: number): number {
    const current = this.#current();
    return [...this.#stalls, ...(current ? [current] : [])]
      .filter(({ endedAtMs }) => endedAtMs > sinceMs)
      .reduce((total, { endedAtMs, lateMs }) => total + Math.min(lateMs, endedAtMs - sinceMs), 0);
  }

  /** What has waited for the end of a stall goes on before the tick that is due. */
  #current(): Stall | undefined {
    const nowMs = this.#nowMs();
    const lateMs = nowMs - this.#tickedAtMs - tickMs;
    return lateMs < leastMs ? undefined : { endedAtMs: nowMs, lateMs };
  }

  #tick(): void {
    const stall = this.#current();
    this.#tickedAtMs = this.#nowMs();
    if (!stall) return;
    this.#totalMs += stall.lateMs;
    this.#stalls.push(stall);
    if (this.#stalls.length > maxStalls) this.#stalls.shift();
  }
}
