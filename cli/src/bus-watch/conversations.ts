import { messageJsonLimits } from '@weir/contracts/limits';
import { busHeaders, frameSchema, streamControlSchema, streamNameOf } from '@weir/contracts/frames';
import { tryParseBoundedJson } from '@weir/service-kit/bounded-json';
import { z } from 'zod';

/** A message of the bus, as far as it is of interest here. */
export interface BusMessage {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly data: Uint8Array;
  /** Undefined where there is none of this name, or it is empty. */
  readonly header: (name: string) => string | undefined;
}

/** What a message is: who sent what to whom, and for which requests. */
export interface BusRecord {
  readonly kind: string;
  /** A service, or `?` where nothing tells. */
  readonly from: string;
  readonly to: string;
  /** Several where events of several requests travel together. */
  readonly requestIds: readonly string[];
  /** Of the trace that a request belongs to. */
  readonly traceId?: string | undefined;
  /** Whether it begins a conversation that another message ends, or ends one. */
  readonly step?: 'begins' | 'ends' | undefined;
}

interface Conversation {
  readonly asker: string;
  readonly responder: string;
  readonly kind: 'request' | 'event';
  readonly requestIds: readonly string[];
}

/** Those that never end, because a message of theirs was not seen, are forgotten in the order in which they began. */
const maxConversations = 100_000;

const envelopeSchema = z.object({ requestId: z.string() });
const unknown: Conversation = { asker: '?', responder: '?', kind: 'request', requestIds: [] };

/** Makes out what each message is. Replies carry no request's id: they are known by the subject that they are sent to. */
export class Conversations {
  /** By the name in their reply subject. */
  readonly #open = new Map<string, Conversation>();

  /** Undefined where it is a sign of life, an answer to nothing that was seen, or none of Weir's. */
  see(message: BusMessage): BusRecord | undefined {
    const { subject, reply } = message;
    if (reply?.startsWith('$JS.ACK.')) return deliveryOf(message, reply);
    if (subject.startsWith('_INBOX_')) return this.#reply(message);
    const [, , service = '?', verb] = subject.split('.');
    if (verb === 'control') return this.#control(message, service);
    if (isCloudEvent(message)) return this.#event(message);
    const requestId = parse(envelopeSchema, message.header(busHeaders.envelope))?.requestId;
    if (requestId === undefined) return undefined;
    const asker = ownerOf(reply);
    const requestIds = [requestId];
    if (reply === undefined) return { kind: 'event', from: '?', to: '*', requestIds };
    this.#begin(reply, { asker, responder: service, kind: 'request', requestIds });
    const traceId = message.header(busHeaders.traceparent)?.slice(3, 35);
    return { kind: 'request', from: asker, to: service, requestIds, traceId, step: 'begins' };
  }

  #reply(message: BusMessage): BusRecord | undefined {
    const { subject } = message;
    const frame = frameSchema.safeParse(message.header(busHeaders.frame)).data;
    const conversation = this.#open.get(streamNameOf(subject));
    if (!conversation && !frame) return undefined;
    const { responder, kind: asked, requestIds } = conversation ?? unknown;
    const isFault = frame?.kind === 'fault' || message.header(busHeaders.errorCode) !== undefined;
    const isLast = frame === undefined || frame.kind === 'end' || isFault;
    if (isLast) this.#open.delete(streamNameOf(subject));
    const answer = asked === 'event' ? 'stored' : 'reply';
    const named = frame?.kind === 'chunk' ? `chunk ${frame.sequence}` : (frame?.kind ?? answer);
    const step = isLast ? 'ends' : undefined;
    return { kind: isFault ? 'fault' : named, from: responder, to: ownerOf(subject), requestIds, step };
  }

  #control(message: BusMessage, service: string): BusRecord | undefined {
    const order = parse(streamControlSchema, new TextDecoder().decode(message.data));
    if (!order) return undefined;
    const { requestIds } = this.#open.get(order.stream) ?? unknown;
    const kind = 'cancel' in order ? 'cancel' : `credit ${order.credit}`;
    return { kind, from: ownerOf(order.stream), to: service, requestIds };
  }

  #event(message: BusMessage): BusRecord {
    const from = message.header('ce-source')?.replace('/weir/', '') ?? ownerOf(message.reply);
    const requestIds = requestIdsIn(message.data);
    const told = { kind: 'event', from, to: 'JetStream', requestIds } as const;
    if (message.reply === undefined) return told;
    this.#begin(message.reply, { asker: from, responder: 'JetStream', kind: 'event', requestIds });
    return { ...told, step: 'begins' };
  }

  #begin(reply: string, conversation: Conversation): void {
    this.#open.set(streamNameOf(reply), conversation);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxConversations && oldest !== undefined) this.#open.delete(oldest);
  }
}

/** An event on its way from its stream to one of the services that consume it. */
function deliveryOf(message: BusMessage, reply: string): BusRecord | undefined {
  if (!message.subject.startsWith('weir.')) return undefined;
  const [, , , consumer = '?', deliveries] = reply.split('.');
  const requestIds = requestIdsIn(message.data);
  return { kind: `delivery ${deliveries}`, from: 'JetStream', to: consumer, requestIds };
}

function isCloudEvent(message: BusMessage): boolean {
  const contentType = message.header('content-type') ?? '';
  return message.header('ce-type') !== undefined || contentType.startsWith('application/cloudevents');
}

/** The service whose inbox it is. */
function ownerOf(inbox: string | undefined): string {
  return /^_INBOX_([\w-]+)\./.exec(inbox ?? '')?.[1] ?? '?';
}

/** Events are told apart by what is in them, whatever their schema. */
function requestIdsIn(data: Uint8Array): string[] {
  const found = new TextDecoder().decode(data).matchAll(/"requestId":"([\w-]{1,64})"/g);
  return [...new Set([...found].map(([, id = '']) => id))];
}

function parse<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  return schema.safeParse(tryParseBoundedJson(text ?? '', messageJsonLimits)).data;
}
