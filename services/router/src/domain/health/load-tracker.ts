import { LRUCache } from 'lru-cache';
import type { HealthOutcome } from './health.ts';
import { LatencyPercentiles, PeakEwma } from './latency-stats.ts';

/** The latency and load of targets, as this replica has measured them. Keys are the ids of health keys. */
export interface Load {
  /** An attempt begins. */
  begin(key: string): AttemptTimer;
  /** This replica's attempts that have not ended. */
  inFlight(key: string): number;
  /**
   * The expected wait of one more request, in milliseconds: the moving average of the time to the first content, times the
   * requests in flight and itself. 0 for a key without attempts, so that it is tried.
   */
  cost(key: string): number;
  /** The percentile (0 to 100) of the last attempts' time to the first content, in milliseconds; undefined below 20 attempts. */
  percentileMs(key: string, percentile: number): number | undefined;
}

export interface AttemptTimer {
  /** The first content has come, or the whole response. */
  content(): void;
  /**
   * The attempt is over. A `failure` or a `cooldown` counts as slow, however fast it came. Any other attempt that ended
   * before its content counts only where it took longer than usual. Only the first call counts.
   */
  end(outcome: HealthOutcome['kind']): void;
}

interface TargetLoad {
  inFlight: number;
  readonly average: PeakEwma;
  /** Absent until there is a first one: many keys have one attempt only. */
  times: LatencyPercentiles | undefined;
}

/** Callers may make up model names. The least recently used keys go first. */
const maxKeys = 10_000;

/** Assumed of a target whose first attempt is still under way, or all requests would go to it meanwhile. */
const unknownMs = 1_000;

/** A failure counts as a response that took twice the last average, within these bounds, or as long as it really took. */
const failureMs = { min: 1_000, max: 30_000 };

/** `nowMs` is a monotonic clock. */
export class LoadTracker implements Load {
  readonly #loads = new LRUCache<string, TargetLoad>({ max: maxKeys });
  readonly #nowMs: () => number;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  begin(key: string): AttemptTimer {
    let load = this.#loads.get(key);
    if (!load) {
      load = { inFlight: 0, average: new PeakEwma(), times: undefined };
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
    // The decayed average is for the first request that tries a slow target again. Requests behind it count with the average
    // before its decay, or all would follow before the first one has its response.
    return average.current(this.#nowMs()) + inFlight * (average.lastMs ?? unknownMs);
  }

  percentileMs(key: string, percentile: number): number | undefined {
    return this.#loads.get(key)?.times?.percentileMs(percentile);
  }
}

class Attempt implements AttemptTimer {
  readonly #load: TargetLoad;
  readonly #nowMs: () => number;
  readonly #begunAtMs: number;
  #hasContent = false;
  #hasEnded = false;

  constructor(load: TargetLoad, nowMs: () => number) {
    this.#load = load;
    this.#nowMs = nowMs;
    this.#begunAtMs = nowMs();
    load.inFlight++;
  }

  content(): void {
    if (this.#hasContent || this.#hasEnded) return;
    this.#hasContent = true;
    this.#addLatency(this.#elapsedMs());
  }

  end(outcome: HealthOutcome['kind']): void {
    if (this.#hasEnded) return;
    if (outcome === 'success') this.content();
    else if (outcome === 'neutral' || outcome === 'alive') this.#endedEarly();
    else this.#failed();
    this.#hasEnded = true;
    this.#load.inFlight--;
  }

  /**
   * The response would have taken longer than this. If attempts that were cancelled for being slow, as those that a hedged
   * request supersedes, were never counted, the percentile would fall each time, until every request is hedged.
   */
  #endedEarly(): void {
    const elapsedMs = this.#elapsedMs();
    if (!this.#hasContent && elapsedMs > this.#load.average.current(this.#nowMs()))
      this.#addLatency(elapsedMs);
  }

  /**
   * A target that fails at once must not look fast: each failure in a row makes it look twice as slow. The percentiles, by
   * which requests are hedged, are of responses only.
   */
  #failed(): void {
    const { average } = this.#load;
    const slowMs = Math.min(Math.max(2 * (average.lastMs ?? 0), failureMs.min), failureMs.max);
    average.add(Math.max(this.#elapsedMs(), slowMs), this.#nowMs());
  }

  #addLatency(ms: number): void {
    this.#load.average.add(ms, this.#nowMs());
    this.#load.times ??= new LatencyPercentiles();
    this.#load.times.add(ms);
  }

  #elapsedMs(): number {
    return this.#nowMs() - this.#begunAtMs;
  }
}
