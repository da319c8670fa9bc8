import type { Endpoint, ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import type { Actor } from '@weir/contracts/envelope';
import type { Bus, BodyHandler } from '@weir/service-kit/bus/bus';
import { testEnvelope } from './envelope.ts';

/** What a service serves, as functions, without a bus. Requests are an admin's where there is an `actor`. */
export function servedFunctions(actor?: Actor) {
  const handlers = new Map<string, BodyHandler<Endpoint>>();
  const serve: Bus['serve'] = (endpoint, handler) => {
    handlers.set(endpoint.name, handler);
  };
  return {
    serve,
    /** What comes back is what the contract lets through. */
    callOf:
      <E extends Endpoint>(endpoint: E) =>
      async (data: RequestOf<E>): Promise<ReplyOf<E>> => {
        const handler = handlers.get(endpoint.name);
        if (!handler) throw new Error(`${endpoint.name} is not served.`);
        const signal = new AbortController().signal;
        const envelope = { ...testEnvelope(), ...(actor && { actor }) };
        return endpoint.reply.parse(
          await handler({ data, body: Buffer.from(JSON.stringify(data)), envelope, signal }),
        ) as ReplyOf<E>;
      },
  };
}
