import type { DataOf, DurableEvent } from '@weir/contracts/descriptors';

interface EventToEncode<E extends DurableEvent> {
  readonly event: E;
  readonly data: DataOf<E>;
  readonly id: string;
  /** Unix time in milliseconds. */
  readonly atMs: number;
}

/** A durable event as it travels: encoded once, however often it is sent. */
export interface EncodedEvent {
  readonly id: string;
  readonly subject: string;
  /** A CloudEvent 1.0 in its JSON format. */
  readonly json: string;
  /** Unix time in milliseconds. */
  readonly atMs: number;
}

/** CloudEvents' JSON batch format: an array of events in their JSON format. */
export const batchContentType = 'application/cloudevents-batch+json';

/** CloudEvents' JSON format (structured mode): one event. */
export const eventContentType = 'application/cloudevents+json';

/** Encodes a service's events. Joined by hand: the envelope is of known text, and to encode it as an object costs more. */
export class EventEncoder {
  readonly #service: string;
  #timeAtMs = NaN;
  #time = '';

  /** `service` publishes the events. */
  constructor(service: string) {
    this.#service = service;
  }

  encode<E extends DurableEvent>({ event, data, id, atMs }: EventToEncode<E>): EncodedEvent {
    const { subject } = event;
    const json =
      `{"specversion":"1.0","id":${JSON.stringify(id)},"source":"/weir/${this.#service}","type":"${subject}",` +
      `"time":"${this.#isoTime(atMs)}","datacontenttype":"application/json","data":${JSON.stringify(data)}}`;
    return { id, subject, json, atMs };
  }

  /** Under load many events have the same millisecond. */
  #isoTime(atMs: number): string {
    if (atMs !== this.#timeAtMs) {
      this.#timeAtMs = atMs;
      this.#time = new Date(atMs).toISOString();
    }
    return this.#time;
  }
}
