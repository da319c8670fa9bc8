import type { DataOf, Endpoint, Event, ReplyOf, RequestOf, Stream } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { ask } from './ask.ts';
import type { Bus, EndpointHandler, EventHandler, StreamCall, StreamHandler, StreamSink } from './bus.ts';
import { Capacity } from './capacity.ts';
import type { ConnectionSettings } from './connection.ts';
import { answerDiscovery, findService, type ServiceIdentity } from './discovery.ts';
import { publishEvent, subscribeToEvent } from './events.ts';
import { Lane } from './lane.ts';
import type { ResponderParts } from './responder.ts';
import { serveEndpoint } from './serve-endpoint.ts';
import { serveStream } from './serve-stream.ts';
import { ServedStats } from './served-stats.ts';
import { StreamQuestion } from './stream-question.ts';

export interface BusOptions {
  settings: ConnectionSettings;
  identity: ServiceIdentity;
  /** How many requests this instance works on at once, before it leaves its queue groups. */
  maxInFlight: number;
  /** How long `drain` waits for what was begun before it is ended with a fault. */
  drainTimeoutMs: number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** A connection is closed for good, though nobody asked for it: the service can do nothing any more. */
  onClosed: () => void;
}

/** From this size on a body takes the bulk lane, so that small requests need not wait behind it. */
const bulkThresholdBytes = 256 * 1024;

/** How long work may take to end once it has been told to. */
const abortGraceMs = 500;

const bulkSubject = (subject: string) => `${subject}.bulk`;

/** Connects a service to the bus; resolves once both its connections are made. */
export async function connectBus(options: BusOptions): Promise<ServiceBus> {
  const { settings, identity, clock, logger, onClosed } = options;
  const open = (id: string) => Lane.open({ settings, service: identity.name, id, clock, logger, onClosed });
  const [main, bulk] = await Promise.all([open(identity.id), open(`${identity.id}-bulk`)]);
  return new ServiceBus(main, bulk, options);
}

/** The bus over two connections of the same service: one for most messages, one for large bodies. */
export class ServiceBus implements Bus {
  readonly #main: Lane;
  readonly #bulk: Lane;
  readonly #options: BusOptions;
  readonly #capacity: Capacity;
  readonly #stats: ServedStats;
  #draining = false;

  constructor(main: Lane, bulk: Lane, options: BusOptions) {
    const { identity, clock, metrics, maxInFlight } = options;
    this.#main = main;
    this.#bulk = bulk;
    this.#options = options;
    this.#stats = new ServedStats(metrics);
    this.#capacity = new Capacity({
      max: maxInFlight,
      onFull: () => void this.#leave(),
      onRoom: () => {
        this.#join();
      },
    });
    const { subscriber, outbox } = main;
    answerDiscovery({ identity, subscriber, outbox, stats: this.#stats, clock });
    this.#observe(metrics);
  }

  get connected(): boolean {
    return this.#main.connected && this.#bulk.connected;
  }

  /** What it lacks to do its work, in words for an operator. */
  get missing(): string[] {
    return [...new Set([...this.#main.missing, ...this.#bulk.missing])];
  }

  request<E extends Endpoint>(endpoint: E, data: RequestOf<E>, envelope: Envelope): Promise<ReplyOf<E>> {
    const body = JSON.stringify(data);
    const { lane, subject } = this.#route(endpoint.subject, Buffer.byteLength(body));
    return ask({ endpoint, subject, body, envelope }, lane.parts);
  }

  open<S extends Stream>(contract: S, body: Uint8Array, envelope: Envelope, sink: StreamSink<S>): StreamCall {
    const { lane, subject } = this.#route(contract.subject, body.length);
    return new StreamQuestion({ contract, subject, body, envelope, sink }, lane.parts);
  }

  serve<E extends Endpoint>(endpoint: E, handler: EndpointHandler<E>): void {
    const stats = this.#stats.register(endpoint);
    for (const { lane, subject } of this.#routes(endpoint.subject)) {
      lane.serve(subject, serveEndpoint(endpoint, handler, stats, this.#responderParts(lane)));
    }
  }

  serveStream<S extends Stream>(contract: S, handler: StreamHandler<S>): void {
    const stats = this.#stats.register(contract);
    for (const { lane, subject } of this.#routes(contract.subject)) {
      lane.serve(subject, serveStream(contract, handler, stats, this.#responderParts(lane)));
    }
  }

  publish<E extends Event>(event: E, data: DataOf<E>, envelope: Envelope): void {
    publishEvent(this.#main.outbox, event, data, envelope);
  }

  subscribe<E extends Event>(event: E, handler: EventHandler<E>, options: { queue?: string } = {}): void {
    subscribeToEvent(this.#main.subscriber, event, handler, options);
  }

  isServed(service: string, waitMs: number): Promise<boolean> {
    return findService(service, waitMs, this.#main.parts);
  }

  async drain(): Promise<void> {
    const { clock, drainTimeoutMs } = this.#options;
    this.#draining = true;
    await this.#leave();
    const idle = this.#capacity.idle();
    if (!(await isDoneWithin(idle, drainTimeoutMs, clock))) {
      for (const { jobs } of [this.#main, this.#bulk]) jobs.abortAll(new Fault('service_lost'));
      await isDoneWithin(idle, abortGraceMs, clock);
    }
    await Promise.all([this.#main.close(), this.#bulk.close()]);
  }

  #route(subject: string, bodyBytes: number) {
    return bodyBytes < bulkThresholdBytes
      ? { lane: this.#main, subject }
      : { lane: this.#bulk, subject: bulkSubject(subject) };
  }

  #routes(subject: string) {
    return [
      { lane: this.#main, subject },
      { lane: this.#bulk, subject: bulkSubject(subject) },
    ];
  }

  #responderParts(lane: Lane): ResponderParts {
    const { clock, logger } = this.#options;
    const { outbox, control, jobs } = lane;
    return { outbox, control, jobs, clock, logger, capacity: this.#capacity, stats: this.#stats };
  }

  #join(): void {
    if (this.#draining) return;
    this.#main.join();
    this.#bulk.join();
  }

  async #leave(): Promise<void> {
    await Promise.all([this.#main.leave(), this.#bulk.leave()]);
  }

  #observe(metrics: Metrics): void {
    metrics.gauge(
      { name: 'bus_in_flight', help: 'Requests of the bus that this instance works on.' },
      () => this.#capacity.inFlight,
    );
    metrics.gauge({ name: 'bus_connected', help: '1 while this instance can send to NATS.' }, () =>
      Number(this.connected),
    );
  }
}

function isDoneWithin(work: Promise<void>, limitMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = clock.every(limitMs, () => {
      stop();
      resolve(false);
    });
    void work.then(() => {
      stop();
      resolve(true);
    });
  });
}
