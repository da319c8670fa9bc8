import { headers as createHeaders, type Msg } from '@nats-io/transport-node';
import type { Endpoint } from '@weir/contracts/descriptors';
import type { EndpointHandler } from './bus.ts';
import type { Job } from './jobs.ts';
import { receiver, type ResponderParts } from './responder.ts';
import type { EndpointStats } from './served-stats.ts';

/** Turns each message into one answer: the handler's reply, or a fault. */
export function serveEndpoint<E extends Endpoint>(
  contract: E,
  handler: EndpointHandler<E>,
  stats: EndpointStats,
  parts: ResponderParts,
): (message: Msg) => void {
  const { outbox, jobs } = parts;
  return receiver(
    {
      contract,
      stats,
      refusalHeaders: createHeaders,
      begin({ data, envelope, reply }, done, refuse) {
        const controller = new AbortController();
        const job: Job = {
          deadlineAtMs: envelope.deadlineAtMs,
          abort: (fault) => {
            controller.abort(fault);
          },
        };
        jobs.add(job);
        const answer = async () => {
          const result = await handler({ data, envelope, signal: controller.signal });
          outbox.send({ subject: reply, data: JSON.stringify(result) });
        };
        void answer()
          .then(() => undefined, refuse)
          .then((fault) => {
            jobs.remove(job);
            done(fault);
          });
      },
    },
    parts,
  );
}
