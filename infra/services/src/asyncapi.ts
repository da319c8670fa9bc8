import type { DurableEvent } from '@weir/contracts/descriptors';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { z } from 'zod';

/** docs/asyncapi.json, from the manifests: every durable event, with the schema of its data. */
export function asyncApi(all: readonly ServiceManifest[]): object {
  const events = durableEvents(all);
  const byName = (make: (event: DurableEvent) => object) =>
    Object.fromEntries(events.map((event) => [event.name, make(event)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: "Weir's durable events",
      version: '1',
      description:
        'Each is kept by a JetStream stream. What they mean, and who may hear them: docs/events.md.',
    },
    channels: byName((event) => ({
      address: event.subject,
      description: `Kept by the stream ${event.stream.name}`,
      messages: {
        event: { $ref: `#/components/messages/${event.name}` },
        batch: { $ref: `#/components/messages/${event.name}.batch` },
      },
    })),
    operations: byName(({ name }) => ({ action: 'send', channel: { $ref: `#/channels/${name}` } })),
    components: {
      messages: Object.assign({}, ...events.map(messagesOf)) as object,
      schemas: byName(cloudEvent),
    },
  };
}

/** Each that a service emits, once, by name. */
function durableEvents(all: readonly ServiceManifest[]): DurableEvent[] {
  const emitted = all.flatMap(({ emits }) => emits).filter((event) => event.kind === 'durable-event');
  return [...new Map(emitted.map((event) => [event.name, event])).values()].sort((a, b) =>
    a.name.localeCompare(b.name),
  );
}

/** The events that gather while one message is on its way travel together. */
function messagesOf({ name }: DurableEvent): object {
  const payload = { $ref: `#/components/schemas/${name}` };
  return {
    [name]: { contentType: 'application/cloudevents+json', payload },
    [`${name}.batch`]: {
      contentType: 'application/cloudevents-batch+json',
      payload: { type: 'array', items: payload },
    },
  };
}

/** CloudEvents 1.0, its JSON format. */
function cloudEvent({ subject, data }: DurableEvent): object {
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: { type: 'string', description: 'The same where an event comes twice' },
      source: { type: 'string', description: '/weir/<service>' },
      type: { const: subject },
      time: { type: 'string', format: 'date-time' },
      datacontenttype: { const: 'application/json' },
      data: { ...z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' }), $schema: undefined },
    },
  };
}
