import type { Envelope } from '@weir/contracts/envelope';
import type { completeChat } from '@weir/contracts/router';
import type { StreamCall, StreamSink } from '@weir/service-kit/bus/bus';

export type CompletionSink = StreamSink<typeof completeChat>;

/** A chat that a router is asked to complete. */
export interface CompletionRequest {
  /** The JSON of the request, as it goes to the router. */
  readonly body: Uint8Array;
  /** What the cache may do for it is in `cache`. */
  readonly envelope: Envelope;
  /** Asks for an answer where none is kept. It may be called when the request has its answer, to renew that. */
  readonly fetch: (envelope: Envelope, sink: CompletionSink) => StreamCall;
}

/** As the router gets it, which does nothing with what the cache may do. */
export function withoutCache(envelope: Envelope): Envelope {
  const bare = { ...envelope };
  delete bare.cache;
  return bare;
}
