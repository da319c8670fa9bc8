import type { Bucket } from '@weir/contracts/bucket';
import type {
  DataOf,
  DurableEvent,
  DurableStream,
  Endpoint,
  Event,
  HeadOf,
  ReplyOf,
  RequestOf,
  StreamEndpoint,
  TrailerOf,
} from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Problem, ProcessState } from '@weir/contracts/problems';
import type { Fault } from '../fault.ts';
import type { UnreadableEntries } from './discovery/service-metadata.ts';
import type { ProbeOutcome } from './rpc/probe-endpoint.ts';
import type { Store } from './store.ts';

/** How a service speaks to the others. Every failure is a {@link Fault}; nothing else is thrown. */
export interface Bus {
  /** Whether messages can be sent now. While not, a request fails at once with `bus_disconnected`. */
  readonly connected: boolean;

  /**
   * Sends one request and waits for its one reply. Bytes are JSON that satisfies the contract's request schema, and travel as
   * they are.
   */
  request<E extends Endpoint>(
    endpoint: E,
    data: RequestOf<E> | Uint8Array,
    envelope: Envelope,
  ): Promise<ReplyOf<E>>;

  /**
   * Sends a request whose reply may come in pieces. `body` is JSON that satisfies the contract's request schema;
   * it travels as it is. The sink is told of one end: `onEnd` or `onFault`, and nothing after it or after a cancel.
   */
  requestStream<S extends StreamEndpoint>(
    contract: S,
    body: Uint8Array,
    envelope: Envelope,
    sink: StreamSink<S>,
  ): StreamCall;

  /** Answers an endpoint's requests, as a member of its queue group. */
  serve<E extends Endpoint>(endpoint: E, handler: BodyHandler<E>): void;

  /** Answers a streaming endpoint's requests, as a member of its queue group. */
  serveStream<S extends StreamEndpoint>(contract: S, handler: StreamHandler<S>): void;

  /** Publishes to whoever listens now. What must not be lost is published by {@link publishDurable}. */
  publish<E extends Event>(event: E, data: DataOf<E>, envelope: Envelope): void;

  /** Receives every event, or, as a member of the queue group `queue`, its share of them. */
  subscribe<E extends Event>(event: E, handler: EventHandler<E>, options?: { queue?: string }): void;

  /**
   * Publishes what must not be lost. Returns at once, and sends until JetStream has it, over every failure of the server's.
   * Events travel in batches: those that are published while a message is on its way are the next message; one alone waits
   * for nothing. `id` is the event's own. JetStream may keep an event more than once, always with this id, by which
   * whoever consumes it deduplicates. The events that JetStream has not acknowledged are in this process's memory, and
   * a process that dies loses them: while JetStream answers, those of the last few milliseconds, and of 50 ms more at
   * worst; in an outage, up to 10,000.
   */
  publishDurable<E extends DurableEvent>(event: E, data: DataOf<E>, id: string): void;

  /**
   * Resolves when JetStream has every durable event that this process has published so far, so that a handler can wait for
   * what it has published before its own events are acknowledged. Rejects with `service_unavailable` where one of them is
   * lost, or any was in the minute before, and with `bus_disconnected` where the bus is drained before they are stored.
   */
  durablePublished(): Promise<void>;

  /**
   * Handles a durable event, each at least once: the replicas of a service share the work by one durable consumer, which is
   * created where it is not there, and again when it has gone. A batch is acknowledged when the handler's promise resolves.
   * Where it rejects, the events come again, after a pause that grows with each delivery; events that fail alone, too, after
   * `maxDeliveries`, are kept as dead letters, and so is at once what the contract does not allow. A handler whose fault says
   * that something it needs is away (`service_unavailable`, `bus_disconnected`, `service_lost`, `overloaded`) is given the
   * events again for as long as that lasts. Events may come twice, and in another order than they were published.
   */
  consume<E extends DurableEvent>(event: E, handler: DurableHandler<E>, options?: ConsumeOptions): void;

  /**
   * How far this service's consumer of an event has come, whichever replica does its work. Rejects with a Fault where
   * JetStream is away, or the consumer is not there yet.
   */
  consumerPosition(event: DurableEvent, options?: Pick<ConsumeOptions, 'as'>): Promise<ConsumerPosition>;

  /**
   * Creates the stream that keeps durable events, where it is not there, and again whenever it has gone. One that is there
   * stays as it is, and the log says in what it differs. Resolves when it is there, however long JetStream takes, or when JetStream
   * is off or has no room for it: that is a problem of the process, and it is tried on while the service does what it can without.
   * Rejects with `bus_disconnected` where the bus is drained before.
   */
  ensureStream(stream: CreatedStream): Promise<void>;

  /**
   * Follows a bucket, and creates it where it is not there. Resolves with all that is in it, however long JetStream takes.
   * Rejects with `bus_disconnected` where the bus is drained before.
   */
  store<B extends Bucket>(bucket: B): Promise<Store<B>>;

  /** Whether any instance of the service answers within `waitMs` that it is ready, by NATS's discovery protocol. */
  isServed(service: string, waitMs: number): Promise<boolean>;

  /** Whether a request to the endpoint would be answered: asked by the way that it would take, until `waitMs` is over. */
  probe(endpoint: Endpoint | StreamEndpoint, waitMs: number): Promise<ProbeOutcome>;

  /** Every instance of the service that answers within `waitMs`, all of which it takes. */
  instances(service: string, waitMs: number): Promise<Instance[]>;

  /** The instances of the service that do not answer and have not said goodbye: they hang. */
  silentInstances(service: string): SilentInstance[];

  /** Stops taking work, finishes what was begun, sends the durable events that wait, and disconnects. */
  drain(): Promise<void>;
}

/** One process of a service. */
export interface Instance {
  readonly id: string;
  /** Semantic version. */
  readonly version: string;
  readonly state: ProcessState;
  /** What it lacks or suffers from, in words for an operator. */
  readonly problems: readonly Problem[];
  /** How many milliseconds its clock is ahead of this process's; undefined where its version does not tell. */
  readonly clockSkewMs?: number | undefined;
  /** How far it follows each bucket: by the bucket's name, the newest revision that its copy has. */
  readonly buckets: Readonly<Record<string, number>>;
  /** What it cannot read or use of them: how many entries, and the first by name. */
  readonly unreadable: UnreadableEntries;
}

/** One that hangs, or that was cut off while it did. It is forgotten when it answers again, and in ten minutes. */
export interface SilentInstance {
  readonly id: string;
  /** Semantic version. */
  readonly version: string;
  /** When it was last heard of, Unix time in milliseconds. */
  readonly sinceMs: number;
}

/** How far a consumer has come in its event's stream. Replays of dead letters are not in that stream, and not in this. */
export interface ConsumerPosition {
  /** ISO 8601. A stream that was made anew begins its sequences anew. */
  readonly streamCreatedAt: string;
  /** The newest message of the stream, whatever is in it. Where nothing is pending, all up to it is dealt with. */
  readonly lastSequence: number;
  /** The oldest message that the stream still has; of an empty one, the next that it will have. */
  readonly firstSequence: number;
  /** How large the stream is, and how large it may become: beyond that it discards its oldest messages. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** The stream sequence up to which all messages are acknowledged; it is behind `lastSequence` by messages that are others'. */
  readonly ackFloor: number;
  /** Messages that are neither acknowledged nor kept as dead letters. */
  readonly pending: number;
}

/** A stream of durable events with the limits that its creator gives it. Beyond them the oldest are discarded. */
export interface CreatedStream extends DurableStream {
  /** JetStream reserves them. */
  readonly maxBytes: number;
  /** The setting that says so, for whoever has to make room. */
  readonly maxBytesSetting?: string;
  /** Without it, age alone discards nothing. */
  readonly maxAgeMs?: number;
}

/** What a requester is told of its stream. Callbacks, since a promise for each chunk would cost more than the chunk. */
export interface StreamSink<S extends StreamEndpoint> {
  /** Called once, before the first chunk or the end. */
  onHead(head: HeadOf<S>): void;
  onChunk(chunk: Uint8Array): void;
  /** `body` is empty unless the whole answer came at once. */
  onEnd(trailer: TrailerOf<S>, body: Uint8Array): void;
  onFault(fault: Fault): void;
}

/** A stream from its requester's side. */
export interface StreamCall {
  /** Whether an instance has begun the work. A fault that comes before is of one that nobody has begun. */
  readonly isAccepted: boolean;
  /** Ends the work wherever it is being done. The sink hears nothing more. */
  cancel(): void;
  /** Grants the responder no more credit: it stops after what it may still send. */
  pause(): void;
  resume(): void;
}

/** A request as a handler gets it: parsed, and within its deadline. */
export interface Served<D extends Endpoint | StreamEndpoint> {
  readonly data: RequestOf<D>;
  readonly envelope: Envelope;
  /** Aborted when the requester cancels, when the deadline passes, or when the bus is lost. Its reason is a Fault. */
  readonly signal: AbortSignal;
}

/** The same with the request's JSON as it came, for whoever passes it on, or needs every digit of it. */
export interface ServedBody<D extends Endpoint | StreamEndpoint> extends Served<D> {
  readonly body: Uint8Array;
}

/** What is served may look at the bytes of a request; most handlers do not. */
export type BodyHandler<E extends Endpoint> = (request: ServedBody<E>) => Promise<ReplyOf<E>> | ReplyOf<E>;

export type EndpointHandler<E extends Endpoint> = (request: Served<E>) => Promise<ReplyOf<E>> | ReplyOf<E>;

export type EventHandler<E extends Event> = (data: DataOf<E>, envelope: Envelope) => void;

/** A durable event as its consumer gets it: valid by its contract. */
export interface ReceivedEvent<E extends DurableEvent> {
  /** The same however often it comes: by it a consumer deduplicates. */
  readonly id: string;
  /** `/weir/router`: who published it. */
  readonly source: string;
  /** When it was published, Unix time in milliseconds; undefined where the publisher does not say. */
  readonly timeMs: number | undefined;
  /**
   * The stream sequence of the message that brought it. `Infinity` where it is a replayed dead letter, which comes later than
   * everything: `streamSequence <= sequence` tells what was in the stream by then.
   */
  readonly streamSequence: number;
  readonly data: DataOf<E>;
}

/**
 * Resolves when all the events are dealt with. `signal` is aborted when `handlerTimeoutMs` is over and when the service stops
 * without waiting any longer; what was not dealt with by then comes again.
 */
export type DurableHandler<E extends DurableEvent> = (
  events: readonly ReceivedEvent<E>[],
  signal: AbortSignal,
) => Promise<void>;

export interface ConsumeOptions {
  /**
   * The consumer's own name, where the service consumes the event by several: lower-case letters and digits. Each of them gets
   * every event, and has its own lag, dead letters and replays.
   */
  readonly as?: string;
  /**
   * How many events the handler is given at once; more only where a single message holds more (256 at most, as Weir
   * publishes them). 1,000 without it.
   */
  readonly maxEvents?: number;
  /**
   * How many batches are handled at once: above 1, one is made ready while another waits for a database, and events may be
   * handled in another order than they were published in. 1 without it.
   */
  readonly concurrency?: number;
  /** How often an event is delivered before it becomes a dead letter. 8 without it, which takes two minutes. */
  readonly maxDeliveries?: number;
  /** How long after a delivery that has failed the next one comes. From a second to a minute without it. */
  readonly redelivery?: { readonly firstMs: number; readonly longestMs: number };
  /** How long the handler may take. A minute without it. */
  readonly handlerTimeoutMs?: number;
  /** When the consumer lags, which the log says. */
  readonly lag?: {
    /** More messages than this (each a batch of events) wait or are unacknowledged. 10,000 without it. */
    readonly maxPending?: number;
    /** Messages wait, and none has been acknowledged for so long. Three minutes without it. */
    readonly maxStalledMs?: number;
    /** Whether a replica whose consumer lags is not ready. It is without it: it does its work, and others lag with it. */
    readonly failsReadiness?: boolean;
  };
}

/** Must call `reply.end` or throw; a return without an end is an internal fault. */
export type StreamHandler<S extends StreamEndpoint> = (
  request: ServedBody<S>,
  reply: StreamReply<S>,
) => Promise<void>;

/** The responder's side of a stream. */
export interface StreamReply<S extends StreamEndpoint> {
  /** Rides on the next frame, so it must come before the first chunk or the end. */
  head(head: HeadOf<S>): void;
  /** Sends a chunk. Where the requester is behind, resolves when it has caught up. */
  chunk(chunk: Uint8Array | string): Promise<void> | undefined;
  end(trailer: TrailerOf<S>, body?: Uint8Array | string): void;
}
