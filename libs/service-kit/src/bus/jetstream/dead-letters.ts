import { jetstream, JetStreamApiCodes, JetStreamApiError, type StoredMsg } from '@nats-io/jetstream';
import type { JetStreamManager, NextMsgRequest } from '@nats-io/jetstream';
import { headers as createHeaders, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import {
  deadLetterHeaders,
  deadLetterStream,
  deadLetterSubject,
  replaySubject,
} from '@weir/contracts/durable-consumers';
import { Fault } from '../../fault.ts';

/** The dead letters of a service, of an event, or of both; without either, all of them. */
export interface DeadLetterFilter {
  /** `cost`. */
  readonly service?: string | undefined;
  /** The event's name, `usage.attempted`. */
  readonly event?: string | undefined;
}

/** An event, or a whole message that could not be parsed, that a service could not handle. */
export interface DeadLetter {
  /** Its number in the dead letters' stream, by which it is paged, replayed and deleted. */
  readonly sequence: number;
  readonly service: string;
  readonly event: string;
  /** The CloudEvent's id; undefined where it could not be read. */
  readonly eventId: string | undefined;
  /** A fault's code, and never a part of the event. */
  readonly reason: string;
  /** How often the service was given it. */
  readonly deliveries: number;
  /** Unix time in milliseconds. */
  readonly deadAtMs: number;
  /** Where it was stored before it was given up for the first time. */
  readonly origin: { readonly stream: string; readonly sequence: number; readonly subject: string };
  readonly contentType: string;
  /** What callers wrote may be in it: it is shown to nobody who has not asked for it. */
  readonly data: Uint8Array;
}

interface ListOptions extends DeadLetterFilter {
  /** 100 without it. */
  readonly limit?: number | undefined;
  /** Only letters with a greater sequence number than this. */
  readonly after?: number | undefined;
}

interface ReplayOptions extends DeadLetterFilter {
  /** Only these letters, of those that the filter lets through. */
  readonly sequences?: readonly number[] | undefined;
  readonly limit?: number | undefined;
  readonly onReplayed?: ((letter: DeadLetter) => void) | undefined;
  /** Ends the replay between two letters. */
  readonly signal?: AbortSignal | undefined;
}

interface StoredLetter {
  readonly letter: DeadLetter;
  readonly message: StoredMsg;
}

const stream = deadLetterStream.name;

/** A page of dead letters, oldest first. `next` is what `after` has to be for the next page; undefined on the last one. */
export async function listDeadLetters(
  nats: NatsConnection,
  { limit = 100, after = 0, ...filter }: ListOptions = {},
): Promise<{ letters: DeadLetter[]; next: number | undefined }> {
  const letters: DeadLetter[] = [];
  for await (const { letter } of storedLetters(await managerOf(nats), filter, after)) {
    if (letters.length === limit) return { letters, next: letters.at(-1)?.sequence };
    letters.push(letter);
  }
  return { letters, next: undefined };
}

/** How many dead letters there are of each service and event. */
export async function countDeadLetters(
  nats: NatsConnection,
): Promise<{ service: string; event: string; count: number }[]> {
  const manager = await managerOf(nats);
  const info = await manager.streams
    .info(stream, { subjects_filter: deadLetterSubject() })
    .catch(absentAs(undefined));
  return Object.entries(info?.state.subjects ?? {}).map(([subject, count]) => ({
    ...ownerOf(subject),
    count,
  }));
}

/**
 * Hands dead letters back to the service that could not handle them, and to no other consumer of the event, and deletes
 * them. Resolves with how many there were. Those that die again meanwhile are new letters, which it leaves alone.
 */
export async function replayDeadLetters(
  nats: NatsConnection,
  { sequences, limit = Infinity, onReplayed, signal, ...filter }: ReplayOptions = {},
): Promise<number> {
  const manager = await managerOf(nats);
  const client = jetstream(nats, { checkAPI: false });
  const wanted = sequences && new Set(sequences);
  let replayed = 0;
  for await (const { letter, message } of storedLetters(manager, filter, 0)) {
    const { sequence } = letter;
    if (replayed >= limit || signal?.aborted) break;
    if (wanted && !wanted.has(sequence)) continue;
    const headers = withoutServerHeaders(message.header);
    // Stored before it is deleted: a replay that is cut short between the two is stored once when it is tried again at
    // once, and twice at worst; its event's id tells.
    await client.publish(replaySubject(letter), message.data, { headers, msgID: `replay-${sequence}` });
    await manager.streams.deleteMessage(stream, sequence);
    replayed++;
    onReplayed?.(letter);
  }
  return replayed;
}

/** Deletes a dead letter for good; resolves to false where there is none of this sequence number. */
export async function deleteDeadLetter(nats: NatsConnection, sequence: number): Promise<boolean> {
  const manager = await managerOf(nats);
  for await (const { letter } of storedLetters(manager, {}, sequence - 1)) {
    return letter.sequence === sequence && manager.streams.deleteMessage(stream, sequence);
  }
  return false;
}

/** The headers of a message that is stored anew: those that told the server how to store it are its own affair. */
export function withoutServerHeaders(headers: MsgHdrs | undefined): MsgHdrs {
  const kept = createHeaders();
  for (const [name, values] of headers ?? []) {
    if (!name.startsWith('Nats-')) for (const value of values) kept.append(name, value);
  }
  return kept;
}

/** The letters that are there when it begins. */
async function* storedLetters(
  manager: JetStreamManager,
  filter: DeadLetterFilter,
  after: number,
): AsyncGenerator<StoredLetter> {
  const subject = deadLetterSubject(checked(filter));
  // nats-server 2.9 crashes where a message is asked for while its stream is being created. One with messages is there.
  const info = await manager.streams.info(stream).catch(absentAs(undefined));
  const { messages = 0, last_seq: last = 0 } = info?.state ?? {};
  for (let sequence = after; messages > 0 && sequence < last;) {
    const query: Required<NextMsgRequest> = { next_by_subj: subject, seq: sequence + 1 };
    const message = await manager.streams.getMessage(stream, query).catch(absentAs(null));
    if (!message || message.seq > last) return;
    sequence = message.seq;
    yield { letter: letterOf(message), message };
  }
}

function letterOf(message: StoredMsg): DeadLetter {
  const header = (name: string) => message.header.get(name);
  const { eventId, reason, deliveries, time, stream, sequence, subject } = deadLetterHeaders;
  return {
    sequence: message.seq,
    ...ownerOf(message.subject),
    eventId: header(eventId) || undefined,
    reason: header(reason),
    deliveries: Number(header(deliveries)),
    deadAtMs: Date.parse(header(time)),
    origin: { stream: header(stream), sequence: Number(header(sequence)), subject: header(subject) },
    contentType: header('content-type'),
    data: message.data,
  };
}

/** The service and the event that a dead letter's subject names. */
function ownerOf(subject: string): { service: string; event: string } {
  const [, , , service = '', ...event] = subject.split('.');
  return { service, event: event.join('.') };
}

const servicePattern = /^[\w-]+$/;
const eventPattern = /^[\w-]+(\.[\w-]+)*$/;

/** Names that would be another subject, as with a wildcard, are refused with `invalid_request`. */
function checked({ service, event }: DeadLetterFilter) {
  if (!servicePattern.test(service ?? 'any') || !eventPattern.test(event ?? 'any')) {
    throw new Fault('invalid_request', { message: 'A service or an event of this name cannot be.' });
  }
  return { ...(service !== undefined && { service }), ...(event !== undefined && { event }) };
}

function managerOf(nats: NatsConnection): Promise<JetStreamManager> {
  return jetstream(nats, { checkAPI: false }).jetstreamManager();
}

/** Where the stream is not there, nobody has created it, and so there are no dead letters. */
function absentAs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return value;
    throw error;
  };
}
