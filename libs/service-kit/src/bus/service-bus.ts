import type { Msg } from '@nats-io/transport-node';
import type { Bucket } from '@weir/contracts/bucket';
import type {
  CapacityShare,
  DataOf,
  DurableEvent,
  Endpoint,
  Event,
  ReplyOf,
  RequestOf,
  StreamEndpoint,
} from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { ProcessState } from '@weir/contracts/problems';
import { Fault } from '../fault.ts';
import type { Metrics } from '../metrics.ts';
import { sendRequest } from './rpc/request.ts';
import type {
  Bus,
  ConsumeOptions,
  ConsumerPosition,
  CreatedStream,
  DurableHandler,
  BodyHandler,
  EventHandler,
  Instance,
  SilentInstance,
  StreamCall,
  StreamHandler,
  StreamSink,
} from './bus.ts';
import type { BusOptions } from './bus-options.ts';
import { Capacity } from './rpc/capacity.ts';
import { EventEncoder } from './jetstream/publish/cloud-event.ts';
import { ClockSkews } from './discovery/clock-skews.ts';
import { DiscoveryResponder } from './discovery/discovery-responder.ts';
import { isDoneWithin } from '../clock.ts';
import { envelopeHeaders, readEnvelope, readJson } from './connection/message-headers.ts';
import type { UnreadableEntries } from './discovery/service-metadata.ts';
import { InstanceMonitor } from './discovery/instance-monitor.ts';
import { findInstances, findService } from './discovery/find-instances.ts';
import { JetStream } from './jetstream/jetstream.ts';
import type { BusConnection } from './connection/bus-connection.ts';
import { BusConnections } from './connection/bus-connections.ts';
import { FullServices } from './rpc/full-services.ts';
import { probeEndpoint, type ProbeOutcome } from './rpc/probe-endpoint.ts';
import type { ResponderParts } from './rpc/request-listener.ts';
import { serveEndpoint } from './rpc/serve-endpoint.ts';
import { serveStream } from './rpc/serve-stream.ts';
import { RequestStats } from './rpc/request-stats.ts';
import type { Store } from './store.ts';
import { type RequesterParts, StreamRequest } from './rpc/stream-request.ts';

/** A reason to take no work: see {@link ServiceBus.isInRotation}. */
const outOfRotation = 'out of rotation';

/** How long an instance that nobody hears may take to say that it is full: it has much to do. */
const fullWaitMs = 200;

/** How long work may take to end once it has been told to. */
const abortGraceMs = 500;

/** Connects a service to the bus; resolves once its connections are made. */
export async function connectBus(options: BusOptions): Promise<ServiceBus> {
  const { name: service, id: instance } = options.identity;
  return new ServiceBus(await BusConnections.open({ ...options, service, instance }), options);
}

/** The bus over a service's connections to NATS. */
export class ServiceBus implements Bus {
  /** What others are told of this process, but for whether it is full, which the bus knows itself. */
  processState: ProcessState = 'ready';
  readonly #connections: BusConnections;
  readonly #options: BusOptions;
  readonly #capacity: Capacity;
  readonly #stats: RequestStats;
  readonly #discovery: DiscoveryResponder;
  readonly #jetStream: JetStream;
  readonly #encoder: EventEncoder;
  readonly #monitor: InstanceMonitor;
  readonly #fullServices: FullServices;
  #requesterParts: RequesterParts;
  readonly #skews: ClockSkews;
  #withdraw: (() => void) | undefined;
  /** What is not there yet that the service waits for while it starts. */
  readonly #isWaitingFor = new Set<string>();
  #draining = false;

  constructor(connections: BusConnections, options: BusOptions) {
    const { identity, clock, logger, metrics, maxInFlight, problems, replicas } = options;
    this.#connections = connections;
    const { requests, jetStream } = connections;
    this.#options = options;
    this.#stats = new RequestStats(metrics);
    this.#capacity = new Capacity({
      maxInFlight,
      onLeave: (share) => void requests.leaveQueueGroups(share),
      onJoin: (share) => {
        if (!this.#draining) requests.joinQueueGroups(share);
      },
    });
    this.#skews = new ClockSkews({ clock, metrics, problems });
    const monitor = new InstanceMonitor({
      ...{ skews: this.#skews, clock, problems, metrics },
      connection: () => this.#connection,
    });
    this.#monitor = monitor;
    const isFull = (service: string) =>
      findService(service, fullWaitMs, this.#pingParts, (state) => state === 'full');
    this.#fullServices = new FullServices({ isFull, clock });
    const common = { monitor, fullServices: this.#fullServices };
    this.#requesterParts = { ...requests.current.requesterParts, ...common };
    requests.attach((connection) => {
      this.#requesterParts = { ...connection.requesterParts, ...common };
      return () => undefined;
    });
    this.#encoder = new EventEncoder(identity.name);
    this.#jetStream = new JetStream({
      connection: jetStream,
      identity,
      replicas,
      clock,
      logger,
      metrics,
      problems,
    });
    this.#discovery = new DiscoveryResponder({
      identity,
      stats: this.#stats,
      clock,
      metadata: () => ({
        state: this.state,
        problems: problems.list(),
        timeMs: clock.nowMs(),
        buckets: this.#jetStream.bucketRevisions,
        unreadable: this.unreadable,
        control: this.#connection.streamControl.subject,
      }),
    });
    this.#observe(metrics);
  }

  /** The connection for requests as it is now: it may be another when this process moves to another server. */
  get #connection(): BusConnection {
    return this.#connections.requests.current;
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  get state(): ProcessState {
    return this.processState === 'ready' && this.#capacity.isFull ? 'full' : this.processState;
  }

  /** Whether this instance takes its share of the work, as far as it has room. It does at first. */
  get isInRotation(): boolean {
    return !this.#capacity.isWithheld(outOfRotation);
  }

  set isInRotation(takesWork: boolean) {
    if (takesWork) this.#capacity.restore(outOfRotation);
    else this.#capacity.withhold(outOfRotation);
  }

  /** What it lacks to do its work, in words for an operator. */
  get missing(): string[] {
    const { missing } = this.#jetStream;
    return [...(this.connected ? [] : ['a connection to NATS']), ...this.#isWaitingFor, ...missing];
  }

  /** What it cannot read or use of its buckets, where there is anything. */
  get unreadable(): UnreadableEntries {
    return this.#jetStream.unreadableEntries;
  }

  /** Resolves when the server knows what this instance serves: until then a request may find nobody. */
  async served(): Promise<void> {
    await this.#connection.flushed();
  }

  request<E extends Endpoint>(
    endpoint: E,
    data: RequestOf<E> | Uint8Array,
    envelope: Envelope,
  ): Promise<ReplyOf<E>> {
    const body = data instanceof Uint8Array ? data : JSON.stringify(data);
    return sendRequest({ endpoint, body, envelope }, this.#requesterParts);
  }

  requestStream<S extends StreamEndpoint>(
    contract: S,
    body: Uint8Array,
    envelope: Envelope,
    sink: StreamSink<S>,
  ): StreamCall {
    return new StreamRequest({ contract, body, envelope, sink }, this.#requesterParts);
  }

  /** From now on others find this service. One that serves something need not call it. */
  announce(): void {
    this.#withdraw ??= this.#connections.requests.attach((connection) =>
      this.#discovery.announce(connection),
    );
  }

  serve<E extends Endpoint>(endpoint: E, handler: BodyHandler<E>): void {
    const { share = 'work', subject } = endpoint;
    const stats = this.#stats.register(endpoint);
    this.#answer({ subject, share }, (parts) => serveEndpoint(endpoint, handler, stats, parts));
  }

  serveStream<S extends StreamEndpoint>(contract: S, handler: StreamHandler<S>): void {
    const stats = this.#stats.register(contract);
    const { subject } = contract;
    this.#answer({ subject, share: 'work' }, (parts) => serveStream(contract, handler, stats, parts));
  }

  publish<E extends Event>(event: E, data: DataOf<E>, envelope: Envelope): void {
    const headers = envelopeHeaders(envelope);
    this.#connection.publisher.send({ subject: event.subject, data: JSON.stringify(data), headers });
  }

  subscribe<E extends Event>(event: E, handler: EventHandler<E>, options: { queue?: string } = {}): void {
    // What this throws, for an event that is not valid too, the subscriber logs.
    const receive = (message: Msg) => {
      // Nobody who publishes an event waits for a reply: it is a consumer that delivers what stands in a stream.
      if (message.reply) return;
      handler(event.data.parse(readJson(message)) as DataOf<E>, readEnvelope(message));
    };
    this.#connections.requests.attach(({ subscriber }) => {
      const subscription = subscriber.subscribe(event.subject, receive, options);
      // What is already on its way still arrives. For a moment both connections hear what is not for one of a queue.
      return () => void subscription.drain().catch(() => undefined);
    });
  }

  publishDurable<E extends DurableEvent>(event: E, data: DataOf<E>, id: string): void {
    this.#jetStream.publish(this.#encoder.encode({ event, data, id, atMs: this.#options.clock.nowMs() }));
  }

  durablePublished(): Promise<void> {
    return this.#jetStream.published();
  }

  consume<E extends DurableEvent>(event: E, handler: DurableHandler<E>, options?: ConsumeOptions): void {
    this.#jetStream.consume(event, handler, options);
  }

  consumerPosition(event: DurableEvent, options?: Pick<ConsumeOptions, 'as'>): Promise<ConsumerPosition> {
    return this.#jetStream.consumerPosition(event, options);
  }

  ensureStream(stream: CreatedStream): Promise<void> {
    return this.#awaited(`the stream ${stream.name} in JetStream`, this.#jetStream.ensureStream(stream));
  }

  store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    return this.#awaited(`the bucket ${bucket.name} in JetStream`, this.#jetStream.store(bucket));
  }

  isServed(service: string, waitMs: number): Promise<boolean> {
    return findService(service, waitMs, this.#pingParts);
  }

  async probe(endpoint: Endpoint | StreamEndpoint, waitMs: number): Promise<ProbeOutcome> {
    const outcome = await probeEndpoint(endpoint, waitMs, this.#connection.requesterParts);
    const isFull = outcome === 'absent' && (await this.#fullServices.isFull(endpoint.service));
    return isFull ? 'full' : outcome;
  }

  instances(service: string, waitMs: number): Promise<Instance[]> {
    this.#monitor.follow(service);
    return findInstances(service, waitMs, this.#pingParts);
  }

  /** From now on it is known which instances of the service are silent; asking a service is enough. */
  follow(service: string): void {
    this.#monitor.follow(service);
  }

  silentInstances(service: string): SilentInstance[] {
    return this.#monitor.silent(service);
  }

  async drain(): Promise<void> {
    const { clock, drainTimeoutMs } = this.#options;
    const untilMs = clock.nowMs() + drainTimeoutMs;
    this.#draining = true;
    this.#monitor.stop();
    this.#withdraw?.();
    // For good: what is served from now on is announced no more.
    this.#withdraw = () => undefined;
    const consumed = this.#jetStream.stopConsuming(untilMs);
    await this.#connections.requests.leaveAllQueueGroups();
    const idle = this.#capacity.idle();
    if (!(await isDoneWithin(idle, drainTimeoutMs, clock))) {
      this.#connections.abortAll(new Fault('service_lost'));
      await isDoneWithin(idle, abortGraceMs, clock);
    }
    await consumed;
    await this.#jetStream.stop(untilMs);
    await this.#connections.close();
  }

  async #awaited<T>(what: string, there: Promise<T>): Promise<T> {
    this.#isWaitingFor.add(what);
    try {
      return await there;
    } finally {
      this.#isWaitingFor.delete(what);
    }
  }

  get #pingParts() {
    return { ...this.#connection.requesterParts, skews: this.#skews };
  }

  /** Answers the subject by each connection that there will be, and lets others find this service. */
  #answer(
    { subject, share }: { subject: string; share: CapacityShare },
    createListener: (parts: ResponderParts) => (message: Msg) => void,
  ): void {
    const { clock, logger } = this.#options;
    const [capacity, stats] = [this.#capacity.limitOf(share), this.#stats];
    const shared = { capacity, stats, clock, logger, state: () => this.state };
    this.#connections.requests.attach((connection) => {
      const { publisher, permissions, reader, streamControl: control, inFlight } = connection;
      const parts = {
        ...shared,
        publisher,
        permissions,
        reader,
        control,
        inFlight,
        ages: connection.messageAges,
      };
      connection.endpoints.serve({ subject, share, receive: createListener(parts) });
      // It ends with its connection's membership in the queue groups.
      return () => undefined;
    });
    this.announce();
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
