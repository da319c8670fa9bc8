const slotMs = 3_000;
const slots = 10;

/** How many of the attempts of the last half minute have failed, in slots of three seconds. */
export class FailureWindow {
  /** Attempts in the first half, failures in the second: one array is less memory than two, or than an object a slot. */
  readonly #counts = new Uint32Array(2 * slots);
  #newest = 0;

  add(isFailure: boolean, nowMs: number): void {
    const slot = this.#advance(nowMs) % slots;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    if (isFailure) this.#counts[slots + slot] = (this.#counts[slots + slot] ?? 0) + 1;
  }

  /** From 0 to 1; 0 where there were fewer than `minAttempts`. */
  rate(minAttempts: number, nowMs: number): number {
    this.#advance(nowMs);
    const attempts = sum(this.#counts.subarray(0, slots));
    return attempts === 0 || attempts < minAttempts ? 0 : sum(this.#counts.subarray(slots)) / attempts;
  }

  forget(): void {
    this.#counts.fill(0);
  }

  /** Empties what is older than the window. Where the clock was set back, by more than a moment, all that was counted is. */
  #advance(nowMs: number): number {
    const now = Math.floor(nowMs / slotMs);
    if (now < this.#newest - 1) {
      this.forget();
      this.#newest = now;
    }
    for (let slot = Math.max(this.#newest + 1, now - slots + 1); slot <= now; slot++) {
      this.#counts[slot % slots] = 0;
      this.#counts[slots + (slot % slots)] = 0;
    }
    this.#newest = Math.max(this.#newest, now);
    return this.#newest;
  }
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
