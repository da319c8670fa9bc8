const maxTimes = 128;
const minTimes = 20;

/** After so many new ones the percentiles are reckoned again: they are asked for with every request that may be hedged. */
const freshFor = 16;

/** The last times to the first content of a subject, in milliseconds, and their percentiles. */
export class RecentTimes {
  /** A ring. */
  readonly #times = new Float32Array(maxTimes);
  #added = 0;
  #sorted = new Float32Array();
  #sortedAt = -Infinity;

  add(ms: number): void {
    this.#times[this.#added++ % maxTimes] = ms;
  }

  /** Below which `percentile` (0 to 100) of them stayed; undefined while there are fewer than 20. */
  percentileMs(percentile: number): number | undefined {
    if (this.#added < minTimes) return undefined;
    if (this.#added - this.#sortedAt >= freshFor) {
      this.#sorted = this.#times.slice(0, this.#added).sort();
      this.#sortedAt = this.#added;
    }
    const rank = Math.ceil((percentile / 100) * this.#sorted.length);
    return this.#sorted[Math.max(0, rank - 1)];
  }
}
