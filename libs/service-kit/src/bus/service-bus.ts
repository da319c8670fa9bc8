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
import { BusConnection, inboxPrefixOf } from './connection/bus-connection.ts';
import { ConnectionDiagnosis } from './connection/connection-diagnosis.ts';
import { type ConnectionRole, ServerChoice } from './connection/server-choice.ts';
import { probeEndpoint, type ProbeOutcome } from './rpc/probe-endpoint.ts';
import type { ResponderParts } from './rpc/request-listener.ts';
import { serveEndpoint } from './rpc/serve-endpoint.ts';
import { serveStream } from './rpc/serve-stream.ts';
import { RequestStats } from './rpc/request-stats.ts';
import type { Store } from './store.ts';
import { type RequesterParts, StreamRequest } from './rpc/stream-request.ts';

/** A reason to take no work: see {@link ServiceBus.isInRotation}. */
const outOfRotation = 'out of rotation';

/** How long work may take to end once it has been told to. */
const abortGraceMs = 500;

/**
 * A service's connections to NATS. What is for JetStream has one of its own: a server reads what a connection sends in its order, and
 * one that hangs over a full disk (2.9 does) would answer nothing any more that came after a publish to JetStream.
 */
interface Connections {
  readonly requests: BusConnection;
  readonly jetStream: BusConnection;
}

/** Connects a service to the bus; resolves once its connections are made. */
export async function connectBus(options: BusOptions): Promise<ServiceBus> {
  const { settings, identity, clock, logger, problems, onClosed } = options;
  const { name: service, id: instance } = identity;
  const diagnosis = new ConnectionDiagnosis({
    settings,
    name: `${service} ${instance}`,
    inboxPrefix: inboxPrefixOf(service),
    problems,
    clock,
  });
  const shared = { settings, service, clock, logger, problems, diagnosis, onClosed };
  const serversFor = (role: ConnectionRole) => new ServerChoice({ role, instance });
  const [requests, jetStream] = await Promise.all([
    BusConnection.open({ ...shared, role: 'requests', id: instance, servers: serversFor('requests') }),
    BusConnection.open({
      ...shared,
      role: 'jetStream',
      id: `${instance}-jetstream`,
      servers: serversFor('jetStream'),
      onChanged: (connected) => {
        if (connected) problems.clear(jetStreamProblem);
        else problems.report(jetStreamProblem, withoutJetStream(clock.nowMs()));
      },
    }),
  ]);
  return new ServiceBus({ requests, jetStream }, options);
}

const jetStreamProblem = 'nats jetStream';

/** Requests go on without it, on what was known by then. */
function withoutJetStream(sinceMs: number) {
  const since = new Date(sinceMs).toISOString();
  const message = `no connection to NATS for JetStream since ${since}: what is kept there is known as of then, and events wait in this process's memory`;
  return { code: 'bus_disconnected', message, blocks: false } as const;
}

/** The bus over a service's connections to NATS. */
export class ServiceBus implements Bus {
  /** What others are told of this process, but for whether it is full, which the bus knows itself. */
  processState: ProcessState = 'ready';
  readonly #connection: BusConnection;
  readonly #jetStreamConnection: BusConnection;
  readonly #options: BusOptions;
  readonly #capacity: Capacity;
  readonly #stats: RequestStats;
  readonly #discovery: DiscoveryResponder;
  readonly #jetStream: JetStream;
  readonly #encoder: EventEncoder;
  readonly #monitor: InstanceMonitor;
  readonly #requesterParts: RequesterParts;
  readonly #skews: ClockSkews;
  #draining = false;

  constructor({ requests: connection, jetStream }: Connections, options: BusOptions) {
    const { identity, clock, logger, metrics, maxInFlight, problems, replicas } = options;
    this.#connection = connection;
    this.#jetStreamConnection = jetStream;
    this.#options = options;
    this.#stats = new RequestStats(metrics);
    this.#capacity = new Capacity({
      maxInFlight,
      onLeave: (share) => void connection.leaveQueueGroups(share),
      onJoin: (share) => {
        if (!this.#draining) connection.joinQueueGroups(share);
      },
    });
    const { inbox, subscriber, publisher } = connection;
    this.#skews = new ClockSkews({ clock, metrics, problems });
    const monitor = new InstanceMonitor({ inbox, publisher, skews: this.#skews, clock, problems, metrics });
    this.#monitor = monitor;
    this.#requesterParts = { ...connection.requesterParts, monitor };
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
      subscriber,
      publisher,
      stats: this.#stats,
      clock,
      metadata: () => ({
        state: this.state,
        problems: problems.list(),
        timeMs: clock.nowMs(),
        buckets: this.#jetStream.bucketRevisions,
        unreadable: this.unreadable,
        control: connection.streamControl.subject,
      }),
    });
    this.#observe(metrics);
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
    return [...(this.connected ? [] : ['a connection to NATS']), ...this.#jetStream.missing];
  }

  /** What it cannot read or use of its buckets, where there is anything. */
  get unreadable(): UnreadableEntries {
    return this.#jetStream.unreadableEntries;
  }

  /** Resolves when the server knows what this instance serves: until then a request may find nobody. */
  async served(): Promise<void> {
    await this.#connection.nats.flush().catch(() => undefined);
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
    this.#discovery.announce();
  }

  serve<E extends Endpoint>(endpoint: E, handler: BodyHandler<E>): void {
    const { share = 'work', subject } = endpoint;
    const stats = this.#stats.register(endpoint);
    const receive = serveEndpoint(endpoint, handler, stats, this.#responderParts(share));
    this.#connection.serve({ subject, share, receive });
    this.announce();
  }

  serveStream<S extends StreamEndpoint>(contract: S, handler: StreamHandler<S>): void {
    const stats = this.#stats.register(contract);
    const receive = serveStream(contract, handler, stats, this.#responderParts('work'));
    this.#connection.serve({ subject: contract.subject, share: 'work', receive });
    this.announce();
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
    this.#connection.subscriber.subscribe(event.subject, receive, options);
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
    return this.#jetStream.ensureStream(stream);
  }

  store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    return this.#jetStream.store(bucket);
  }

  isServed(service: string, waitMs: number): Promise<boolean> {
    return findService(service, waitMs, this.#pingParts);
  }

  probe(endpoint: Endpoint | StreamEndpoint, waitMs: number): Promise<ProbeOutcome> {
    return probeEndpoint(endpoint, waitMs, this.#connection.requesterParts);
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
    this.#discovery.withdraw();
    const consumed = this.#jetStream.stopConsuming(untilMs);
    await this.#connection.leaveQueueGroups();
    const idle = this.#capacity.idle();
    if (!(await isDoneWithin(idle, drainTimeoutMs, clock))) {
      this.#connection.inFlight.abortAll(new Fault('service_lost'));
      await isDoneWithin(idle, abortGraceMs, clock);
    }
    await consumed;
    await this.#jetStream.stop(untilMs);
    await Promise.all([this.#connection.close(), this.#jetStreamConnection.close()]);
  }

  get #pingParts() {
    return { ...this.#connection.requesterParts, skews: this.#skews };
  }

  #responderParts(share: CapacityShare): ResponderParts {
    const { clock, logger } = this.#options;
    const { publisher, permissions, reader, streamControl: control } = this.#connection;
    const { inFlight, messageAges: ages } = this.#connection;
    const [capacity, stats] = [this.#capacity.limitOf(share), this.#stats];
    const state = () => this.state;
    return { publisher, permissions, state, control, inFlight, reader, ages, clock, logger, capacity, stats };
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
