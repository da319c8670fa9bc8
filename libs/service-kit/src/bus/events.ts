import type { Msg } from '@nats-io/transport-node';
import type { DataOf, Event } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { EventHandler } from './bus.ts';
import { envelopeHeaders, parseJson, readEnvelope } from './connection/message-headers.ts';
import type { BatchingPublisher } from './connection/batching-publisher.ts';
import type { Subscriber } from './connection/subscriber.ts';

export function publishEvent<E extends Event>(
  publisher: BatchingPublisher,
  event: E,
  data: DataOf<E>,
  envelope: Envelope,
): void {
  publisher.send({ subject: event.subject, data: JSON.stringify(data), headers: envelopeHeaders(envelope) });
}

/** Hands each valid event to the handler. One that is not valid is seen in the log, and harms no other. */
export function subscribeToEvent<E extends Event>(
  subscriber: Subscriber,
  event: E,
  handler: EventHandler<E>,
  options: { queue?: string },
): void {
  const receive = (message: Msg) => {
    handler(event.data.parse(parseJson(message.string())) as DataOf<E>, readEnvelope(message));
  };
  subscriber.subscribe(event.subject, receive, options);
}
