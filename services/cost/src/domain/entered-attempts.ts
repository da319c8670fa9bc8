export interface AttemptId {
  readonly requestId: string;
  readonly attempt: number;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
}

/** The ledger as the witness of what has been accounted for, where Redis may have lost that. */
export interface EnteredAttempts {
  /**
   * Of each attempt the sequence in the event stream of the first event by which the ledger has its usage, or its charge in full: `Infinity`
   * where that was replayed, undefined where the ledger has neither. All that was in the stream is entered first; rejects with `service_unavailable`
   * where that takes too long, or the ledger is away.
   */
  sequencesOf(attempts: readonly AttemptId[]): Promise<(number | undefined)[]>;
}
