/** Within which time a peak loses all but a third of its weight. */
const decayMs = 10_000;

/**
 * A moving average that rises to a peak at once and comes down slowly, as in Finagle and Linkerd: of a target that becomes
 * slow one answer is told, and of one that is well again many. `nowMs` is a monotonic clock's.
 */
export class PeakAverage {
  #valueMs: number | undefined;
  #atMs = 0;

  /** As it was after the last sample; undefined before the first. */
  get lastMs(): number | undefined {
    return this.#valueMs;
  }

  /** Comes down by itself, so that a slow target which nobody asks any more is tried again. */
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
