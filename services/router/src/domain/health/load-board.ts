import { LRUCache } from 'lru-cache';
import type { Outcome } from './health.ts';
import type { AttemptTimer, Load } from './load.ts';
import { PeakAverage } from './peak-average.ts';
import { RecentTimes } from './recent-times.ts';

interface SubjectLoad {
  inFlight: number;
  readonly average: PeakAverage;
  /** Absent until there is a first one: many a subject is asked once. */
  times: RecentTimes | undefined;
}

/** A model's name may be any that a caller has thought of. Those that nobody asks go first. */
const maxSubjects = 10_000;

/** What is assumed of a target that is being asked and has not answered yet: it must not draw all requests to itself. */
const unknownMs = 1_000;

/** A failure counts as an answer that took this long at least, and at most this long where it did not take longer itself. */
const failureMs = { min: 1_000, max: 30_000 };

/** The load and speed of subjects, as this replica has seen them. `nowMs` is a monotonic clock. */
export class LoadBoard implements Load {
  readonly #loads = new LRUCache<string, SubjectLoad>({ max: maxSubjects });
  readonly #nowMs: () => number;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  begin(key: string): AttemptTimer {
    let load = this.#loads.get(key);
    if (!load) {
      load = { inFlight: 0, average: new PeakAverage(), times: undefined };
      this.#loads.set(key, load);
    }
    return new Attempt(load, this.#nowMs);
  }

  inFlight(key: string): number {
    return this.#loads.get(key)?.inFlight ?? 0;
  }

  cost(key: string): number {
    const load = this.#loads.get(key);
    if (!load) return 0;
    const { average, inFlight } = load;
    // The average that comes down with time is for the first that tries again: were it for the others too, all would follow
    // before the first has found out.
    return average.current(this.#nowMs()) + inFlight * (average.lastMs ?? unknownMs);
  }

  percentileMs(key: string, percentile: number): number | undefined {
    return this.#loads.get(key)?.times?.percentileMs(percentile);
  }
}

class Attempt implements AttemptTimer {
  readonly #load: SubjectLoad;
  readonly #nowMs: () => number;
  readonly #begunAtMs: number;
  #hasContent = false;
  #hasEnded = false;

  constructor(load: SubjectLoad, nowMs: () => number) {
    this.#load = load;
    this.#nowMs = nowMs;
    this.#begunAtMs = nowMs();
    load.inFlight++;
  }

  content(): void {
    if (this.#hasContent || this.#hasEnded) return;
    this.#hasContent = true;
    this.#answeredAfter(this.#elapsedMs());
  }

  end(outcome: Outcome['kind']): void {
    if (this.#hasEnded) return;
    if (outcome === 'success') this.content();
    else if (outcome === 'neutral' || outcome === 'alive') this.#endedEarly();
    else this.#failed();
    this.#hasEnded = true;
    this.#load.inFlight--;
  }

  /**
   * It would have taken longer than it did. Were those never counted that took too long for us, as the losers of hedged
   * requests, then each percentile would fall below the one before, and in the end every request would be hedged.
   */
  #endedEarly(): void {
    const elapsedMs = this.#elapsedMs();
    if (!this.#hasContent && elapsedMs > this.#load.average.current(this.#nowMs()))
      this.#answeredAfter(elapsedMs);
  }

  /**
   * A target that fails at once is not a fast one, and must not draw requests to itself: each failure in a row makes it look
   * twice as slow. The times of answers, by which others are hedged, are left as they are.
   */
  #failed(): void {
    const { average } = this.#load;
    const slowMs = Math.min(Math.max(2 * (average.lastMs ?? 0), failureMs.min), failureMs.max);
    average.add(Math.max(this.#elapsedMs(), slowMs), this.#nowMs());
  }

  #answeredAfter(ms: number): void {
    this.#load.average.add(ms, this.#nowMs());
    this.#load.times ??= new RecentTimes();
    this.#load.times.add(ms);
  }

  #elapsedMs(): number {
    return this.#nowMs() - this.#begunAtMs;
  }
}
