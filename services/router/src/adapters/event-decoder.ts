import type { WireEvent } from '../domain/dialect.ts';

/** Cuts the bytes of a stream into events, however they were cut on their way. */
export interface EventDecoder {
  /** The events that these bytes complete. Throws a Fault where one is larger than the bus carries. */
  push(bytes: Buffer): readonly WireEvent[];
  /** The events that the end of the stream completes. */
  end(): readonly WireEvent[];
}
