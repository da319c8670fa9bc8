/** After this time a sample has a third of its weight left (1/e). */
const decayMs = 10_000;

/**
 * A peak EWMA, as in Finagle and Linkerd: an exponentially weighted moving average that rises to a peak at once and comes
 * down slowly. `nowMs` is a monotonic clock's.
 */
export class PeakEwma {
  #valueMs: number | undefined;
  #atMs = 0;

  /** As it was after the last sample; undefined before the first. */
  get lastMs(): number | undefined {
    return this.#valueMs;
  }

  /** Decays without samples, so that a slow target is tried again. */
  current(nowMs: number): number {
    return (this.#valueMs ?? 0) * this.#weight(nowMs);
  }

  add(sampleMs: number, nowMs: number): void {
    const currentMs = this.current(nowMs);
    const isPeak = sampleMs > currentMs;
    this.#valueMs = isPeak ? sampleMs : currentMs + sampleMs * (1 - this.#weight(nowMs));
    this.#atMs = nowMs;
  }

  #weight(nowMs: number): number {
    return Math.exp((this.#atMs - nowMs) / decayMs);
  }
}

const maxTimes = 128;
const minTimes = 20;

/** Sorted again after this many new samples: percentiles are read with every request that may be hedged. */
const sortEvery = 16;

/** The percentiles of the last times to the first content, in milliseconds. */
export class LatencyPercentiles {
  /** A ring buffer. */
  readonly #times = new Float32Array(maxTimes);
  #added = 0;
  #sorted = new Float32Array();
  #sortedAt = -Infinity;

  add(ms: number): void {
    this.#times[this.#added++ % maxTimes] = ms;
  }

  /** `percentile` is from 0 to 100. Undefined while there are fewer than 20 times. */
  percentileMs(percentile: number): number | undefined {
    if (this.#added < minTimes) return undefined;
    if (this.#added - this.#sortedAt >= sortEvery) {
      this.#sorted = this.#times.slice(0, this.#added).sort();
      this.#sortedAt = this.#added;
    }
    const rank = Math.ceil((percentile / 100) * this.#sorted.length);
    return this.#sorted[Math.max(0, rank - 1)];
  }
}
