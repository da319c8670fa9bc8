import type { Clock } from '@weir/service-kit/clock';

interface Timer {
  dueAtMs: number;
  /** Absent where the task is called once. */
  readonly intervalMs?: number;
  readonly task: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs: number;

  /** Unix time in milliseconds. Some time in 2026, unless a test cares. */
  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  every(intervalMs: number, task: () => void): () => void {
    return this.#start({ dueAtMs: this.#nowMs + intervalMs, intervalMs, task });
  }

  after(delayMs: number, task: () => void): () => void {
    return this.#start({ dueAtMs: this.#nowMs + delayMs, task });
  }

  /** How many tasks wait to be called. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** How long until the next task is called; undefined where none waits. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next && next.dueAtMs - this.#nowMs;
  }

  /** Lets this much time pass. What becomes due is called at its time and in its order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#callNext(untilMs));
    this.#nowMs = untilMs;
  }

  /** The same, and what is awaited goes on between two tasks, so that it can wait again within this time. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#callNext(untilMs));
    this.#nowMs = untilMs;
  }

  #start(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** The earliest; of two that are due at once, the one that was started first. */
  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.dueAtMs < next.dueAtMs) next = timer;
    return next;
  }

  #callNext(untilMs: number): boolean {
    const next = this.#next();
    if (!next || next.dueAtMs > untilMs) return false;
    this.#nowMs = Math.max(this.#nowMs, next.dueAtMs);
    if (next.intervalMs === undefined) this.#timers.delete(next);
    else next.dueAtMs += Math.max(1, next.intervalMs);
    next.task();
    return true;
  }
}
