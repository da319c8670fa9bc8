import type { HeadOf, StreamEndpoint, TrailerOf } from '@weir/contracts/descriptors';
import type { StreamSink } from '@weir/service-kit/bus/bus';
import type { Fault } from '@weir/service-kit/fault';

export interface Collected<S extends StreamEndpoint> {
  heads: HeadOf<S>[];
  chunks: string[];
  trailer?: TrailerOf<S>;
  body?: string;
  fault?: Fault;
}

/** A sink that keeps everything it is told, and a promise of all of it once the stream has ended. */
export function collect<S extends StreamEndpoint>(): StreamSink<S> & {
  readonly so: Collected<S>;
  readonly ended: Promise<Collected<S>>;
  /** Resolves when this many chunks have come. */
  chunksReach(count: number): Promise<void>;
} {
  const so: Collected<S> = { heads: [], chunks: [] };
  const { promise: ended, resolve: end } = Promise.withResolvers<Collected<S>>();
  const waiting: { count: number; resolve: () => void }[] = [];
  const decoder = new TextDecoder();
  return {
    so,
    ended,
    chunksReach: (count) =>
      new Promise((resolve) => {
        if (so.chunks.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    onHead: (head) => {
      so.heads.push(head);
    },
    onChunk: (chunk) => {
      so.chunks.push(decoder.decode(chunk));
      for (const { count, resolve } of waiting) if (so.chunks.length >= count) resolve();
    },
    onEnd: (trailer, body) => {
      so.trailer = trailer;
      so.body = decoder.decode(body);
      end(so);
    },
    onFault: (fault) => {
      so.fault = fault;
      end(so);
    },
  };
}
