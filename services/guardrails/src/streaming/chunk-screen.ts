import type { ChatUsage } from '@weir/contracts/chat/usage';

/** The JSON of a `chat.completion.chunk`. */
export type Chunk = string | Uint8Array;

/** How an answer ends that is denied after some of it has gone out. */
export interface Refusal {
  readonly chunks: readonly Chunk[];
  /** About how many the provider has said. */
  readonly outputTokens: number;
  usageChunk(usage: ChatUsage): Chunk;
}

/** What a streamed answer passes through. Its methods throw what the screener throws. */
export interface ChunkScreen {
  /** What can go out now. */
  push(chunk: Uint8Array): Promise<Chunk[]>;
  /** What is left at the answer's end. */
  end(): Promise<Chunk[]>;
  /** Undefined where nothing of the answer has gone out, so that a denial can be answered as a whole. */
  readonly refusal?: Refusal | undefined;
}
