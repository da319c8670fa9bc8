import type { Bucket } from '@weir/contracts/bucket';
import type {
  DataOf,
  DurableEvent,
  Endpoint,
  Event,
  ReplyOf,
  RequestOf,
  Stream,
} from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { Fault } from '../fault.ts';
import type { Metrics } from '../metrics.ts';
import { ask } from './ask.ts';
import type {
  Bus,
  DurableStream,
  EndpointHandler,
  EventHandler,
  Instance,
  StreamCall,
  StreamHandler,
  StreamSink,
} from './bus.ts';
import type { BusOptions } from './bus-options.ts';
import { Capacity } from './capacity.ts';
import { cloudEvent } from './cloud-event.ts';
import { Discovery } from './discovery.ts';
import { isDoneWithin } from './done-within.ts';
import { publishEvent, subscribeToEvent } from './events.ts';
import { findInstances, findService } from './find-instances.ts';
import { JetStream } from './jet-stream.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import type { ResponderParts } from './responder.ts';
import { serveEndpoint } from './serve-endpoint.ts';
import { serveStream } from './serve-stream.ts';
import { ServedStats } from './served-stats.ts';
import type { Store } from './store.ts';
import { StreamQuestion } from './stream-question.ts';

/** How long work may take to end once it has been told to. */
const abortGraceMs = 500;

/** Connects a service to the bus; resolves once both its connections are made. */
export async function connectBus(options: BusOptions): Promise<ServiceBus> {
  return new ServiceBus(await Lanes.open(options), options);
}

/** The bus over two connections of the same service. */
export class ServiceBus implements Bus {
  readonly #lanes: Lanes;
  readonly #options: BusOptions;
  readonly #capacity: Capacity;
  readonly #stats: ServedStats;
  readonly #discovery: Discovery;
  readonly #jetStream: JetStream;
  #draining = false;

  constructor(lanes: Lanes, options: BusOptions) {
    const { identity, clock, logger, metrics, maxInFlight, replicas } = options;
    this.#lanes = lanes;
    this.#options = options;
    this.#stats = new ServedStats(metrics);
    this.#capacity = new Capacity({
      max: maxInFlight,
      onFull: () => void lanes.leave(),
      onRoom: () => {
        if (!this.#draining) lanes.join();
      },
    });
    const { subscriber, outbox } = lanes.main;
    this.#jetStream = new JetStream({ lane: lanes.main, replicas, clock, logger, metrics });
    this.#discovery = new Discovery({ identity, subscriber, outbox, stats: this.#stats, clock });
    this.#observe(metrics);
  }

  get connected(): boolean {
    return this.#lanes.connected;
  }

  /** What it lacks to do its work, in words for an operator. */
  get missing(): string[] {
    return this.#lanes.missing;
  }

  request<E extends Endpoint>(endpoint: E, data: RequestOf<E>, envelope: Envelope): Promise<ReplyOf<E>> {
    const body = JSON.stringify(data);
    const { lane, subject } = this.#lanes.route(endpoint.subject, Buffer.byteLength(body));
    return ask({ endpoint, subject, body, envelope }, lane.parts);
  }

  open<S extends Stream>(contract: S, body: Uint8Array, envelope: Envelope, sink: StreamSink<S>): StreamCall {
    const { lane, subject } = this.#lanes.route(contract.subject, body.length);
    return new StreamQuestion({ contract, subject, body, envelope, sink }, lane.parts);
  }

  /** From now on others find this service. One that serves something need not call it. */
  announce(): void {
    this.#discovery.announce();
  }

  serve<E extends Endpoint>(endpoint: E, handler: EndpointHandler<E>): void {
    const stats = this.#stats.register(endpoint);
    for (const { lane, subject } of this.#lanes.routes(endpoint.subject)) {
      lane.serve(subject, serveEndpoint(endpoint, handler, stats, this.#responderParts(lane)));
    }
    this.announce();
  }

  serveStream<S extends Stream>(contract: S, handler: StreamHandler<S>): void {
    const stats = this.#stats.register(contract);
    for (const { lane, subject } of this.#lanes.routes(contract.subject)) {
      lane.serve(subject, serveStream(contract, handler, stats, this.#responderParts(lane)));
    }
    this.announce();
  }

  publish<E extends Event>(event: E, data: DataOf<E>, envelope: Envelope): void {
    publishEvent(this.#lanes.main.outbox, event, data, envelope);
  }

  subscribe<E extends Event>(event: E, handler: EventHandler<E>, options: { queue?: string } = {}): void {
    subscribeToEvent(this.#lanes.main.subscriber, event, handler, options);
  }

  record<E extends DurableEvent>(event: E, data: DataOf<E>, messageId: string): void {
    const { identity, clock } = this.#options;
    const atMs = clock.nowMs();
    this.#jetStream.record(cloudEvent({ event, data, messageId, atMs, service: identity.name }));
  }

  keepStream(stream: DurableStream): Promise<void> {
    return this.#jetStream.keepStream(stream);
  }

  store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    return this.#jetStream.store(bucket);
  }

  isServed(service: string, waitMs: number): Promise<boolean> {
    return findService(service, waitMs, this.#lanes.main.parts);
  }

  instances(service: string, waitMs: number): Promise<Instance[]> {
    return findInstances(service, waitMs, this.#lanes.main.parts);
  }

  async drain(): Promise<void> {
    const { clock, drainTimeoutMs } = this.#options;
    const untilMs = clock.nowMs() + drainTimeoutMs;
    this.#draining = true;
    this.#discovery.withdraw();
    await this.#lanes.leave();
    const idle = this.#capacity.idle();
    if (!(await isDoneWithin(idle, drainTimeoutMs, clock))) {
      this.#lanes.abortJobs(new Fault('service_lost'));
      await isDoneWithin(idle, abortGraceMs, clock);
    }
    await this.#jetStream.stop(untilMs);
    await this.#lanes.close();
  }

  #responderParts(lane: Lane): ResponderParts {
    const { clock, logger } = this.#options;
    const { outbox, control, jobs } = lane;
    return { outbox, control, jobs, clock, logger, capacity: this.#capacity, stats: this.#stats };
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
