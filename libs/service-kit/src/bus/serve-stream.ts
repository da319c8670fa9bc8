import type { Msg } from '@nats-io/transport-node';
import type { Stream } from '@weir/contracts/descriptors';
import type { Fault } from '../fault.ts';
import type { StreamHandler } from './bus.ts';
import { frameHeaders } from './headers.ts';
import { IncomingStream } from './incoming-stream.ts';
import { receiver, type Received, type ResponderParts } from './responder.ts';
import type { EndpointStats } from './served-stats.ts';

/** Turns each message into a stream of frames: an acceptance, whatever the handler sends, and an end or a fault. */
export function serveStream<S extends Stream>(
  contract: S,
  handler: StreamHandler<S>,
  stats: EndpointStats,
  parts: ResponderParts,
): (message: Msg) => void {
  const { outbox, control, jobs, clock } = parts;

  const run = async (
    { data, envelope }: Received<S>,
    stream: IncomingStream<S>,
  ): Promise<Fault | undefined> => {
    try {
      stream.signal.throwIfAborted();
      await handler({ data, envelope, signal: stream.signal }, stream);
      return stream.close();
    } catch (thrown) {
      return stream.close(thrown);
    }
  };

  return receiver(
    {
      contract,
      stats,
      refusalHeaders: () => frameHeaders('fault', 0),
      begin(request, done) {
        const { reply, envelope } = request;
        const stream = new IncomingStream<S>(reply, outbox, clock.nowMs(), envelope.deadlineAtMs);
        stream.accept(control.subject);
        control.streams.set(reply, stream);
        jobs.add(stream);
        // The acceptance is written in this turn of the event loop and the work begins in the next, so that an
        // asker which never heard of an acceptance may be sure that nothing was begun.
        setImmediate(() => {
          void run(request, stream).then((fault) => {
            control.streams.delete(reply);
            jobs.remove(stream);
            done(fault);
          });
        });
      },
    },
    parts,
  );
}
