import type { Envelope } from '@weir/contracts/envelope';
import type { completeChat } from '@weir/contracts/router';
import type { StreamSink } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { ChatRead } from './read-chat.ts';
import type { Routed } from './route.ts';
import type { Stage } from './stage.ts';

interface Asked {
  readonly envelope: Envelope;
  readonly sink: StreamSink<typeof completeChat>;
}

/**
 * Puts a request once more whose inline config the routers could not open, since their key has changed: they have not
 * begun it. A second time the client hears of it.
 */
export const resealStale: Stage<Routed & ChatRead, Asked> = ({ envelope, reseal, sink }, next) => {
  if (!reseal) return next({ envelope, sink });
  const fail = (thrown: unknown) => {
    sink.onFault(Fault.from(thrown));
  };
  const askAgain = async () => next({ envelope: await reseal(), sink });
  return next({
    envelope,
    sink: {
      onHead: (head) => {
        sink.onHead(head);
      },
      onChunk: (chunk) => {
        sink.onChunk(chunk);
      },
      onEnd: (trailer, body) => {
        sink.onEnd(trailer, body);
      },
      onFault: (fault) => {
        if (fault.code === 'stale_sealing_key') askAgain().catch(fail);
        else fail(fault);
      },
    },
  });
};
