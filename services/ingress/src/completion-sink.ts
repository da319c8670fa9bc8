import type { CompletionHead, CompletionTrailer } from '@weir/contracts/router';
import type { Fault } from '@weir/service-kit/fault';

/**
 * Where a completion goes on its way back to the client. After `onHead` and any number of chunks one end comes: `onEnd` or
 * `onFault`. The callbacks stand for themselves (no `this`), so that a wrapper can pass one on as it is.
 */
export interface CompletionSink {
  readonly onHead: (head: CompletionHead) => void;
  /** The JSON of a `chat.completion.chunk`. */
  readonly onChunk: (chunk: Uint8Array) => void;
  /** `body` is empty unless the whole completion comes at once. */
  readonly onEnd: (trailer: CompletionTrailer, body: Uint8Array) => void;
  readonly onFault: (fault: Fault) => void;
}

/** What a wrapper does with each part of an answer: it gets the part, and the callback that passes it on. */
export interface SinkHooks {
  onHead?(head: CompletionHead, next: CompletionSink['onHead']): void;
  onChunk?(chunk: Uint8Array, next: CompletionSink['onChunk']): void;
  onEnd?(trailer: CompletionTrailer, body: Uint8Array, next: CompletionSink['onEnd']): void;
  onFault?(fault: Fault, next: CompletionSink['onFault']): void;
}

/** Middleware for the way back. What has no hook is the inner sink's own callback: it costs nothing. */
export function wrapSink(sink: CompletionSink, hooks: SinkHooks): CompletionSink {
  return {
    onHead: hooks.onHead ? (head) => hooks.onHead?.(head, sink.onHead) : sink.onHead,
    onChunk: hooks.onChunk ? (chunk) => hooks.onChunk?.(chunk, sink.onChunk) : sink.onChunk,
    onEnd: hooks.onEnd ? (trailer, body) => hooks.onEnd?.(trailer, body, sink.onEnd) : sink.onEnd,
    onFault: hooks.onFault ? (fault) => hooks.onFault?.(fault, sink.onFault) : sink.onFault,
  };
}

/** Tells the client that the cache, which is on, was neither asked nor given the answer. */
export function bypassing(sink: CompletionSink): CompletionSink {
  return wrapSink(sink, {
    onHead(head, next) {
      next({ ...head, cache: { status: 'bypass' } });
    },
  });
}
