/** Turns texts into vectors whose cosine says how near their meanings are. */
export interface Embedder {
  /** What calibrations go by: `multilingual-e5-small`, however it is stored or reached. */
  readonly model: string;
  /** Model and version: vectors of different ids must not be compared, so it is part of a semantic cache's partition. */
  readonly id: string;
  readonly dimensions: number;
  /**
   * The vector has length 1, and belongs to all who asked for the same text: nobody may change it. Rejects with a Fault:
   * `upstream_timeout`, `overloaded` where too many wait already, and others where the model fails.
   */
  embed(text: string, options?: EmbedOptions): Promise<Float32Array>;
  /** Rejects what is still asked for, and ends what was started. */
  close(): Promise<void>;
}

export interface EmbedOptions {
  /** After which the call is rejected, whatever the model does; by default what the embedder was made with. */
  readonly timeoutMs?: number;
}
