import type { NatsConnection } from '@nats-io/transport-node';
import type { DataOf, Event } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Logger } from '../logger.ts';
import type { EventHandler } from './bus.ts';
import { envelopeHeaders, parseJson, readEnvelope } from './headers.ts';
import type { Outbox } from './outbox.ts';

export function publishEvent<E extends Event>(
  outbox: Outbox,
  event: E,
  data: DataOf<E>,
  envelope: Envelope,
): void {
  outbox.send({ subject: event.subject, data: JSON.stringify(data), headers: envelopeHeaders(envelope) });
}

/** Hands each valid event to the handler. One that is not valid is seen in the log, and harms no other. */
export function subscribeToEvent<E extends Event>(
  { connection, logger }: { connection: NatsConnection; logger: Logger },
  event: E,
  handler: EventHandler<E>,
  options: { queue?: string },
): void {
  connection.subscribe(event.subject, {
    ...options,
    callback: (error, message) => {
      try {
        if (error) throw error;
        const data = event.data.parse(parseJson(message.string())) as DataOf<E>;
        handler(data, readEnvelope(message));
      } catch (thrown) {
        logger.error({ err: thrown, event: event.name }, 'an event could not be handled');
      }
    },
  });
}
