/**
 * How much a service takes on at once. A queue group gives work to members at random, not to the least loaded, so
 * a member that is full leaves the group, and its work goes to the others until it has room again.
 */
export class ConcurrencyLimit {
  readonly #max: number;
  readonly #roomAgainAt: number;
  readonly #onFull: () => void;
  readonly #onRoom: () => void;
  readonly #idleWaiters: (() => void)[] = [];
  #inFlight = 0;
  #full = false;

  constructor({ max, onFull, onRoom }: { max: number; onFull: () => void; onRoom: () => void }) {
    this.#max = max;
    // Some way below the limit, so that a service at its limit does not join and leave with every request.
    this.#roomAgainAt = Math.max(0, Math.min(Math.floor(max * 0.9), max - 2));
    this.#onFull = onFull;
    this.#onRoom = onRoom;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** From the last place that was taken until there is room again. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Takes a place; false where there is none left. */
  acquire(): boolean {
    if (this.#inFlight >= this.#max) return false;
    this.#inFlight++;
    if (this.#inFlight === this.#max && !this.#full) {
      this.#full = true;
      this.#onFull();
    }
    return true;
  }

  release(): void {
    this.#inFlight--;
    if (this.#full && this.#inFlight <= this.#roomAgainAt) {
      this.#full = false;
      this.#onRoom();
    }
    if (this.#inFlight === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }
}
