import type { Outcome } from './health.ts';

/** What this replica has seen of its targets' speed and load: what strategies choose by. Keys are subjects' keys. */
export interface Load {
  /** An attempt begins. Returns what to call as it goes on. */
  begin(key: string): AttemptTimer;
  /** Requests that this replica waits for. */
  inFlight(key: string): number;
  /**
   * What one more request would have to reckon with, in milliseconds: the peak-sensitive moving average of the time to the
   * first content, for it and for each in flight. 0 for a key that nobody has asked yet, so that it is tried.
   */
  cost(key: string): number;
  /** The time to the first content below which `percentile` (0 to 100) of the last attempts stayed, in milliseconds; undefined below 20 attempts. */
  percentileMs(key: string, percentile: number): number | undefined;
}

export interface AttemptTimer {
  /** The first content has come, or the whole answer. */
  content(): void;
  /**
   * It is over. A `failure` or a `cooldown` counts as a slow attempt, however fast it came; any
   * other that ended before its content, since it was given up or refused, counts only where it had taken longer than usual. Only the first call counts.
   */
  end(outcome: Outcome['kind']): void;
}
