import type { Msg } from '@nats-io/transport-node';
import type { DataOf, DurableEvent } from '@weir/contracts/descriptors';
import type { FaultCode } from '@weir/contracts/faults';
import { type JsonLimits, messageJsonLimits } from '@weir/contracts/limits';
import { z } from 'zod';
import { tryParseBoundedJson } from '../../../bounded-json.ts';
import { matchesExactly } from '../../../exact-match.ts';
import type { ReceivedEvent } from '../../bus.ts';
import { safeParse } from '../../../schema-fault.ts';
import { batchContentType, eventContentType } from '../publish/cloud-event.ts';

/** An event that may become a dead letter: `data` is what the letter holds. */
export interface DeadEvent {
  /** Where it stands in its message, from 0. */
  readonly index: number;
  readonly id: string | undefined;
  readonly contentType: string;
  readonly data: Uint8Array | string;
}

/** An event that the contract allows, and itself as a dead letter, should its handler fail. */
export interface ReadEvent<E extends DurableEvent> {
  readonly received: ReceivedEvent<E>;
  asDead(): DeadEvent;
}

interface RefusedEvent {
  readonly dead: DeadEvent;
  readonly reason: FaultCode;
}

export interface MessageEvents<E extends DurableEvent> {
  readonly events: readonly ReadEvent<E>[];
  readonly refused: readonly RefusedEvent[];
}

type EventMessage = Pick<Msg, 'data'> & { readonly headers?: Msg['headers'] | undefined };

/** A CloudEvent 1.0 in its JSON format. What else is in it is nobody's affair here. */
const cloudEventSchema = z.object({
  id: z.string().min(1),
  source: z.string(),
  time: z.iso.datetime({ offset: true }).optional(),
  data: z.unknown(),
});

/** Publishers send 256 KiB and 256 events at most in a batch (`event-batcher.ts`), and an event that is larger alone. */
const maxMessageBytes = 1024 * 1024;
const maxBatchEvents = 1_000;

/** What is kept of a message that is too large: with a letter's headers the bus might not carry all of it, and it would come for ever. */
const keptBytes = 64 * 1024;

/** One event that is nested too deeply is refused alone, and its neighbours are read. */
const eventLimits: JsonLimits = { ...messageJsonLimits, maxDepth: Infinity };

const decoder = new TextDecoder();
const parse = (data: Uint8Array) => tryParseBoundedJson(decoder.decode(data), eventLimits);

/**
 * The events of a message: a batch, one event in CloudEvents' JSON format, or one in its binary mode, whose envelope is in
 * headers, as routers sent them before there were batches. What is not an event, or not valid, is refused alone; a message that is
 * larger than any publisher's is refused as a whole.
 */
export function readEvents<E extends DurableEvent>(
  event: E,
  message: EventMessage,
  streamSequence: number,
): MessageEvents<E> {
  const { data, headers } = message;
  const read = (value: unknown, asDead: () => DeadEvent) =>
    readEvent(event, value, { streamSequence, asDead });
  const contentType = headers?.get('content-type') ?? '';
  const whole = { index: 0, id: emptyAsAbsent(headers?.get('ce-id')), contentType, data };
  const refuseWhole = (reason: FaultCode, dead = whole) => ({ events: [], refused: [{ dead, reason }] });
  if (data.length > maxMessageBytes)
    return refuseWhole('body_too_large', { ...whole, data: data.subarray(0, keptBytes) });
  const value = parse(data);
  if (value === undefined) return refuseWhole('invalid_json');
  if (contentType === batchContentType) {
    if (!Array.isArray(value) || value.length > maxBatchEvents) return refuseWhole('invalid_request');
    const elements = elementsOf(data);
    return sort(
      value.map((element: unknown, index) => read(element, () => deadElement(index, elements, whole))),
    );
  }
  if (contentType === eventContentType) return sort([read(value, () => ({ ...whole, id: idOf(value) }))]);
  const binary = {
    id: headers?.get('ce-id'),
    source: headers?.get('ce-source'),
    time: emptyAsAbsent(headers?.get('ce-time')),
    data: value,
  };
  return sort([read(binary, () => whole)]);
}

function readEvent<E extends DurableEvent>(
  event: E,
  value: unknown,
  { streamSequence, asDead }: { streamSequence: number; asDead: () => DeadEvent },
): ReadEvent<E> | RefusedEvent {
  const envelope = safeParse(cloudEventSchema, value);
  const data = envelope.success ? readData(event, envelope.data.data) : undefined;
  if (!envelope.success || !data?.success) return { dead: asDead(), reason: 'invalid_request' };
  const { id, source, time } = envelope.data;
  const timeMs = time === undefined ? undefined : Date.parse(time);
  return { received: { id, source, timeMs, streamSequence, data: data.data as DataOf<E> }, asDead };
}

/** Nearly every event is as it should be, and needs no copy. */
function readData({ data }: DurableEvent, value: unknown) {
  return matchesExactly(data, value) ? { success: true, data: value } : safeParse(data, value);
}

/**
 * A batch's elements, parsed anew, and once, where one of them is a dead letter: of what was parsed first, only what the contract knows
 * is kept while events are handled.
 */
function elementsOf(data: Uint8Array): () => readonly unknown[] {
  let elements: readonly unknown[] | undefined;
  return () => (elements ??= parse(data) as readonly unknown[]);
}

/** One that is nested so deeply that it cannot be written again is kept with its neighbours, as they came. */
function deadElement(index: number, elements: () => readonly unknown[], whole: DeadEvent): DeadEvent {
  const element = elements()[index];
  const id = idOf(element);
  try {
    return { index, id, contentType: eventContentType, data: JSON.stringify(element) };
  } catch {
    return { ...whole, index, id };
  }
}

function sort<E extends DurableEvent>(read: readonly (ReadEvent<E> | RefusedEvent)[]): MessageEvents<E> {
  return {
    events: read.filter((event) => 'received' in event),
    refused: read.filter((event) => 'dead' in event),
  };
}

/** A header that is not there is an empty text to the client. */
function emptyAsAbsent(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function idOf(value: unknown): string | undefined {
  return safeParse(z.object({ id: z.string() }), value).data?.id;
}
