import type { completeScreened } from '@weir/contracts/guardrails/screening';
import { completeChat } from '@weir/contracts/router';
import type { Bus, StreamHandler } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { onAbort } from '@weir/service-kit/on-abort';

interface Dependencies {
  readonly bus: Pick<Bus, 'requestStream'>;
}

/** Stands in the way of a completion: what it does not change passes as it is. */
export function createCompleteScreened({ bus }: Dependencies): StreamHandler<typeof completeScreened> {
  return ({ data: chat, envelope, signal }, reply) =>
    new Promise<void>((resolve, reject) => {
      const call = bus.requestStream(completeChat, Buffer.from(JSON.stringify(chat)), envelope, {
        onHead: (head) => {
          reply.head(head);
        },
        onChunk: (chunk) => {
          const caughtUp = reply.chunk(chunk);
          if (!caughtUp) return;
          call.pause();
          void caughtUp.then(() => {
            call.resume();
          });
        },
        onEnd: (trailer, body) => {
          reply.end(trailer, body);
          resolve();
        },
        onFault: reject,
      });
      onAbort(signal, () => {
        call.cancel();
        reject(Fault.from(signal.reason));
      });
    });
}
