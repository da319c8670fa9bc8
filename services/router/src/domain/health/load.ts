/** What this replica has seen of its targets' speed and load: what strategies choose by. Keys are subjects' keys. */
export interface Load {
  /** An attempt begins. Returns what to call when it is over; only the first call counts. */
  begin(key: string): AttemptTimer;
  /** Requests that this replica waits for. */
  inFlight(key: string): number;
  /**
   * The peak-sensitive moving average of the time to the first content, in milliseconds, times the requests in flight
   * plus one; 0 for a key that nobody has asked yet, so that it is tried.
   */
  cost(key: string): number;
  /** The time to the first content below which `percentile` (0 to 100) of the last attempts stayed, in milliseconds; undefined below 20 attempts. */
  percentileMs(key: string, percentile: number): number | undefined;
}

export interface AttemptTimer {
  /** The first content has come, or the whole answer. */
  content(): void;
  end(): void;
}
