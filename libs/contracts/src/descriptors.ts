import type { z, ZodType } from 'zod';

/**
 * What one service offers to the others, as data. A descriptor is the single place that knows a subject, its
 * schemas and its limits: the requester, the responder, the metrics and the generated documents all read it.
 */
interface Described {
  /** `keys.verify`: the label in metrics, logs and `nats micro`. */
  readonly name: string;
  /** `weir.v1.keys.verify`. A breaking change is a new subject beside it, never a new shape on this one. */
  readonly subject: string;
}

/** One request, one reply. Both bodies are JSON. */
export interface Endpoint<
  Request extends ZodType = ZodType,
  Reply extends ZodType = ZodType,
> extends Described {
  readonly kind: 'endpoint';
  readonly service: string;
  readonly request: Request;
  readonly reply: Reply;
  /** How long a requester waits, unless its own deadline is nearer. */
  readonly timeoutMs: number;
  /**
   * Whether a request may be answered twice, or by two at once, without harm: where one is silent another is then asked, and the first
   * answer is taken.
   */
  readonly isIdempotent?: boolean;
  /** Of whose share of a process's capacity it is answered; of that for work where it is absent. */
  readonly share?: CapacityShare;
}

/**
 * What a process may work on at once is parted in two: what its callers ask of it, and what its operators and its peers have to
 * know while it is full of the first.
 */
export const capacityShares = ['work', 'operations'] as const;

export type CapacityShare = (typeof capacityShares)[number];

/**
 * One request, and a reply that may come in pieces. The first data frame carries the `head`, the last one the
 * `trailer`; the chunks between them are bytes that only the two ends understand.
 */
export interface StreamEndpoint<
  Request extends ZodType = ZodType,
  Head extends ZodType = ZodType,
  Trailer extends ZodType = ZodType,
> extends Described {
  readonly kind: 'stream';
  readonly service: string;
  readonly request: Request;
  readonly head: Head;
  readonly trailer: Trailer;
  /** A responder that has not accepted within this time has not begun, and will not: the requester may try another. */
  readonly acceptTimeoutMs: number;
  /** The longest silence between two frames before the requester gives the stream up. */
  readonly idleTimeoutMs: number;
  /** The longest life of a stream whose caller has set no deadline. */
  readonly timeoutMs: number;
}

/** Something that has happened, published to whoever listens. */
export interface Event<Data extends ZodType = ZodType> extends Described {
  readonly kind: 'event';
  readonly data: Data;
}

/** A JetStream stream that keeps durable events. Its limits are given by the service that creates it. */
export interface DurableStream {
  /** `WEIR_USAGE`. */
  readonly name: string;
  readonly subjects: readonly string[];
}

/** Something that has happened and that must not be lost: its stream keeps it until it is dealt with. */
export interface DurableEvent<Data extends ZodType = ZodType> extends Described {
  readonly kind: 'durable-event';
  readonly stream: DurableStream;
  readonly data: Data;
}

export type RequestOf<D extends Endpoint | StreamEndpoint> = z.output<D['request']>;
export type ReplyOf<D extends Endpoint> = z.output<D['reply']>;
export type HeadOf<D extends StreamEndpoint> = z.output<D['head']>;
export type TrailerOf<D extends StreamEndpoint> = z.output<D['trailer']>;
export type DataOf<D extends Event | DurableEvent> = z.output<D['data']>;

type Name = `${string}.${string}`;

const describe = (name: Name) => ({
  name,
  subject: `weir.v1.${name}`,
  service: name.slice(0, name.indexOf('.')),
});

/** Declares a request-reply endpoint named `<service>.<verb>`. */
export function endpoint<Request extends ZodType, Reply extends ZodType>(
  name: Name,
  shape: Pick<Endpoint<Request, Reply>, 'request' | 'reply' | 'timeoutMs' | 'isIdempotent' | 'share'>,
): Endpoint<Request, Reply> {
  return { kind: 'endpoint', ...describe(name), ...shape };
}

/** Declares a streaming endpoint named `<service>.<verb>`. */
export function streamEndpoint<Request extends ZodType, Head extends ZodType, Trailer extends ZodType>(
  name: Name,
  shape: Pick<
    StreamEndpoint<Request, Head, Trailer>,
    'request' | 'head' | 'trailer' | 'acceptTimeoutMs' | 'idleTimeoutMs' | 'timeoutMs'
  >,
): StreamEndpoint<Request, Head, Trailer> {
  return { kind: 'stream', ...describe(name), ...shape };
}

/** Declares an event named `<topic>.<past participle>`, published on `weir.v1.<name>`. */
export function event<Data extends ZodType>(name: Name, shape: Pick<Event<Data>, 'data'>): Event<Data> {
  const { subject } = describe(name);
  return { kind: 'event', name, subject, ...shape };
}

/** Declares an event that its stream keeps, named `<topic>.<past participle>`, published on `weir.v1.<name>`. */
export function durableEvent<Data extends ZodType>(
  name: Name,
  shape: Pick<DurableEvent<Data>, 'stream' | 'data'>,
): DurableEvent<Data> {
  const { subject } = describe(name);
  return { kind: 'durable-event', name, subject, ...shape };
}
