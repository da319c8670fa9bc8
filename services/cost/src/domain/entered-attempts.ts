export interface AttemptId {
  readonly requestId: string;
  readonly attempt: number;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
}

/** The ledger as the witness of what has been accounted for, where Redis may have lost that. */
export interface EnteredAttempts {
  /**
   * Whether the ledger has the usage of an attempt, by its own event. All that was in the stream is entered first; rejects with
   * `service_unavailable` where that takes too long, or the ledger is away.
   */
  isEntered(attempt: AttemptId): Promise<boolean>;
}
