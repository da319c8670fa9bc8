import { headers as createHeaders, type Msg } from '@nats-io/transport-node';
import type { Endpoint } from '@weir/contracts/descriptors';
import type { BodyHandler } from '../bus.ts';
import type { InFlightRequest } from './in-flight-requests.ts';
import { createRequestListener, type ResponderParts } from './request-listener.ts';
import type { EndpointStats } from './request-stats.ts';

/** Turns each message into one answer: the handler's reply, or a fault. */
export function serveEndpoint<E extends Endpoint>(
  contract: E,
  handler: BodyHandler<E>,
  stats: EndpointStats,
  parts: ResponderParts,
): (message: Msg) => void {
  const { publisher, inFlight } = parts;
  return createRequestListener(
    {
      contract,
      stats,
      faultHeaders: createHeaders,
      begin({ data, body, envelope, reply }, done, refuse) {
        const controller = new AbortController();
        const entry: InFlightRequest = {
          deadlineAtMs: envelope.deadlineAtMs,
          abort: (fault) => {
            controller.abort(fault);
          },
        };
        inFlight.add(entry);
        const answer = async () => {
          const result = await handler({ data, body, envelope, signal: controller.signal });
          publisher.send({ subject: reply, data: JSON.stringify(result) });
        };
        void answer()
          .then(() => undefined, refuse)
          .then((fault) => {
            inFlight.remove(entry);
            done(fault);
          });
      },
    },
    parts,
  );
}
