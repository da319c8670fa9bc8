import { headers as createHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { DataOf, DurableEvent } from '@weir/contracts/descriptors';

interface Happening<E extends DurableEvent> {
  readonly event: E;
  readonly data: DataOf<E>;
  /** The event's own: what is stored twice under it within the stream's duplicate window is stored once. */
  readonly messageId: string;
  /** Unix time in milliseconds. */
  readonly atMs: number;
  /** The service that tells it. */
  readonly service: string;
}

export interface CloudEvent {
  readonly id: string;
  readonly subject: string;
  /** JSON. */
  readonly data: string;
  readonly headers: MsgHdrs;
}

/** A durable event as a CloudEvent 1.0 in NATS's binary mode: the data is the body, and the context is in headers. */
export function cloudEvent<E extends DurableEvent>(happening: Happening<E>): CloudEvent {
  const { event, data, messageId, atMs, service } = happening;
  const headers = createHeaders();
  headers.append('Nats-Msg-Id', messageId);
  headers.append('ce-specversion', '1.0');
  headers.append('ce-id', messageId);
  headers.append('ce-source', `/weir/${service}`);
  headers.append('ce-type', event.subject);
  headers.append('ce-time', new Date(atMs).toISOString());
  headers.append('content-type', 'application/json');
  return { id: messageId, subject: event.subject, data: JSON.stringify(data), headers };
}
