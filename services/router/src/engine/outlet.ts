/** Where an attempt's answer goes. */
export interface Outlet {
  /**
   * The answer is one: its first content has come, or the whole of it. From now on this attempt's answer is the request's.
   * Throws where another attempt's is.
   */
  open(): void;
  /** Passes on a `chat.completion.chunk`, as JSON. Where the asker is behind, resolves when it has caught up. */
  chunk(chunk: string): Promise<void> | undefined;
}

/** Where an answer goes that nobody reads: a mirror's. */
export const nowhere: Outlet = {
  open: () => undefined,
  chunk: () => undefined,
};
