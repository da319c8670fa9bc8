import type { Msg } from '@nats-io/transport-node';
import type { StreamEndpoint } from '@weir/contracts/descriptors';
import { Fault } from '../../fault.ts';
import type { StreamHandler } from '../bus.ts';
import { streamNameOf } from '@weir/contracts/frames';
import { frameHeaders } from '../connection/message-headers.ts';
import { StreamSender } from './stream-sender.ts';
import { createRequestListener, type ReceivedRequest, type ResponderParts } from './request-listener.ts';
import type { EndpointStats } from './request-stats.ts';

/** Turns each message into a stream of frames: an acceptance, whatever the handler sends, and an end or a fault. */
export function serveStream<S extends StreamEndpoint>(
  contract: S,
  handler: StreamHandler<S>,
  stats: EndpointStats,
  parts: ResponderParts,
): (message: Msg) => void {
  const { publisher, control, inFlight, permissions, clock } = parts;

  const run = async (
    { data, body, envelope }: ReceivedRequest<S>,
    stream: StreamSender<S>,
  ): Promise<Fault | undefined> => {
    try {
      stream.signal.throwIfAborted();
      await handler({ data, body, envelope, signal: stream.signal }, stream);
      return stream.close();
    } catch (thrown) {
      return stream.close(thrown);
    }
  };

  return createRequestListener(
    {
      contract,
      stats,
      faultHeaders: () => frameHeaders('fault', 0),
      begin(request, done) {
        // No requester could grant credit, cancel, or see that this process lives.
        if (!permissions.maySubscribe(control.subject)) throw new Fault('bus_permission_denied');
        const { confirms, reply, envelope } = request;
        const stream = new StreamSender<S>(reply, publisher, clock.nowMs(), envelope.deadlineAtMs);
        const name = streamNameOf(reply);
        stream.accept(control.subject, name);
        control.streams.set(name, stream);
        inFlight.add(stream);
        // The acceptance is written in this turn of the event loop and the work begins in the next, so that a
        // requester which never heard of an acceptance may be sure that nothing was begun.
        const begin = () =>
          setImmediate(() => {
            void run(request, stream).then((fault) => {
              control.streams.delete(name);
              inFlight.remove(stream);
              done(fault);
            });
          });
        if (confirms) control.whenHeard(reply, stream.signal, begin);
        else begin();
      },
    },
    parts,
  );
}
