import { backoffMs } from '@weir/service-kit/backoff';

const slotMs = 3_000;
const slots = 10;

/** Counts the attempts of the last half minute and their failures, in slots of three seconds. */
export class FailureWindow {
  /** Attempts in the first half, failures in the second: one array takes less memory than two, or than an object a slot. */
  readonly #counts = new Uint32Array(2 * slots);
  #newest = 0;

  add(isFailure: boolean, nowMs: number): void {
    const slot = this.#advance(nowMs) % slots;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    if (isFailure) this.#counts[slots + slot] = (this.#counts[slots + slot] ?? 0) + 1;
  }

  /** The share of failures, from 0 to 1; 0 where there were fewer than `minAttempts`. */
  rate(minAttempts: number, nowMs: number): number {
    this.#advance(nowMs);
    const attempts = sum(this.#counts.subarray(0, slots));
    return attempts === 0 || attempts < minAttempts ? 0 : sum(this.#counts.subarray(slots)) / attempts;
  }

  forget(): void {
    this.#counts.fill(0);
  }

  /** Empties the slots that are older than the window, or all of them where the clock was set back by more than one slot. */
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

/** A provider that accepts every second or third request has this many rate limits in a row by chance. */
const toleratedRateLimits = 4;

const cooldown = { firstMs: 100, longestMs: 5_000 };

/**
 * Rate limits in a row from a provider that does not say how long to wait. A provider that still accepts a good part of the
 * requests gets no cooldown: its limit frees up all the time, and a pause would waste what it accepts.
 */
export class RateLimitStreak {
  #length = 0;

  /** One more rate limit. Returns the cooldown in milliseconds: 0 for the first four, then doubling with each. */
  rateLimited(): number {
    const attempt = this.#length++ - toleratedRateLimits;
    return attempt < 0 ? 0 : backoffMs(attempt, cooldown);
  }

  reset(): void {
    this.#length = 0;
  }
}
