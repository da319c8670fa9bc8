/** How long at least one of several overlapping waits was going on. */
export class Stopwatch {
  readonly #nowMs: () => number;
  #running = 0;
  #sinceMs = 0;
  #pastMs = 0;

  /** `nowMs` is a monotonic clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get totalMs(): number {
    return this.#pastMs + (this.#running > 0 ? this.#nowMs() - this.#sinceMs : 0);
  }

  /** A wait begins. Call the returned function once, when it is over. */
  start(): () => void {
    if (this.#running++ === 0) this.#sinceMs = this.#nowMs();
    return () => {
      if (--this.#running === 0) this.#pastMs += this.#nowMs() - this.#sinceMs;
    };
  }
}
