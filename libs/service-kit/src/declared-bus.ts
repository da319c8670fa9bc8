import type { Bucket } from '@weir/contracts/bucket';
import type {
  DataOf,
  DurableEvent,
  Endpoint,
  Event,
  ReplyOf,
  RequestOf,
  StreamEndpoint,
} from '@weir/contracts/descriptors';
import { consumedAs, consumedName } from '@weir/contracts/durable-consumers';
import type { Envelope } from '@weir/contracts/envelope';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
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
} from './bus/bus.ts';
import type { ProbeOutcome } from './bus/rpc/probe-endpoint.ts';
import type { Store } from './bus/store.ts';

/** What a service does once, when it starts. */
const partsOfStart = ['serves', 'subscribes', 'consumes', 'buckets', 'follows', 'streams'] as const;
/** What it does whenever there is a reason to. */
const partsOfWork = ['requests', 'emits'] as const;

type Part = (typeof partsOfStart | typeof partsOfWork)[number];

/**
 * The bus as a service may use it: what its manifest does not list is an error at the first use. So is what the manifest
 * lists and the service does not do when it starts, once `assertComplete` is called. Hence what is made from manifests
 * (permissions, start order, documents) is true of the services. A request costs one look into a set.
 */
export class DeclaredBus implements Bus {
  readonly #bus: Bus;
  readonly #service: string;
  readonly #declared: Readonly<Record<Part, ReadonlySet<string>>>;
  readonly #peers: ReadonlySet<string>;
  readonly #used = new Set<string>();

  constructor(bus: Bus, manifest: ServiceManifest) {
    this.#bus = bus;
    this.#service = manifest.name;
    const parts = [...partsOfStart, ...partsOfWork].map(
      (part) => [part, new Set<string>(manifest[part].map(consumedName))] as const,
    );
    this.#declared = Object.fromEntries(parts) as Record<Part, Set<string>>;
    this.#peers = new Set([manifest.name, ...manifest.requests.map(({ service }) => service)]);
  }

  /** Throws where the service has not done, since it was started, all that its manifest says it does then. */
  assertComplete(): void {
    const missing = partsOfStart.flatMap((part) =>
      [...this.#declared[part]].filter((name) => !this.#used.has(name)).map((name) => `${name} (${part})`),
    );
    if (missing.length === 0) return;
    throw new Error(
      `${this.#service} has started without what ${this.#manifest} lists: ${missing.join(', ')}`,
    );
  }

  get connected(): boolean {
    return this.#bus.connected;
  }

  request<E extends Endpoint>(
    endpoint: E,
    data: RequestOf<E> | Uint8Array,
    envelope: Envelope,
  ): Promise<ReplyOf<E>> {
    if (this.#declared.requests.has(endpoint.name)) return this.#bus.request(endpoint, data, envelope);
    return Promise.reject(this.#undeclared(endpoint.name, 'requests'));
  }

  requestStream<S extends StreamEndpoint>(
    contract: S,
    body: Uint8Array,
    envelope: Envelope,
    sink: StreamSink<S>,
  ): StreamCall {
    this.#assert(contract.name, 'requests');
    return this.#bus.requestStream(contract, body, envelope, sink);
  }

  serve<E extends Endpoint>(endpoint: E, handler: BodyHandler<E>): void {
    this.#use(endpoint.name, 'serves');
    this.#bus.serve(endpoint, handler);
  }

  serveStream<S extends StreamEndpoint>(contract: S, handler: StreamHandler<S>): void {
    this.#use(contract.name, 'serves');
    this.#bus.serveStream(contract, handler);
  }

  publish<E extends Event>(event: E, data: DataOf<E>, envelope: Envelope): void {
    this.#assert(event.name, 'emits');
    this.#bus.publish(event, data, envelope);
  }

  subscribe<E extends Event>(event: E, handler: EventHandler<E>, options?: { queue?: string }): void {
    this.#use(event.name, 'subscribes');
    this.#bus.subscribe(event, handler, options);
  }

  publishDurable<E extends DurableEvent>(event: E, data: DataOf<E>, id: string): void {
    this.#assert(event.name, 'emits');
    this.#bus.publishDurable(event, data, id);
  }

  durablePublished(): Promise<void> {
    return this.#bus.durablePublished();
  }

  consume<E extends DurableEvent>(event: E, handler: DurableHandler<E>, options?: ConsumeOptions): void {
    this.#use(consumedName(consumedAs(event, options?.as)), 'consumes');
    this.#bus.consume(event, handler, options);
  }

  consumerPosition(event: DurableEvent, options?: Pick<ConsumeOptions, 'as'>): Promise<ConsumerPosition> {
    this.#assert(consumedName(consumedAs(event, options?.as)), 'consumes');
    return this.#bus.consumerPosition(event, options);
  }

  ensureStream(stream: CreatedStream): Promise<void> {
    this.#use(stream.name, 'streams');
    return this.#bus.ensureStream(stream);
  }

  store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    this.#use(bucket.name, this.#declared.follows.has(bucket.name) ? 'follows' : 'buckets');
    return this.#bus.store(bucket);
  }

  isServed(service: string, waitMs: number): Promise<boolean> {
    this.#assertPeer(service);
    return this.#bus.isServed(service, waitMs);
  }

  probe(endpoint: Endpoint | StreamEndpoint, waitMs: number): Promise<ProbeOutcome> {
    this.#assert(endpoint.name, 'requests');
    return this.#bus.probe(endpoint, waitMs);
  }

  instances(service: string, waitMs: number): Promise<Instance[]> {
    this.#assertPeer(service);
    return this.#bus.instances(service, waitMs);
  }

  silentInstances(service: string): SilentInstance[] {
    this.#assertPeer(service);
    return this.#bus.silentInstances(service);
  }

  drain(): Promise<void> {
    return this.#bus.drain();
  }

  #use(name: string, part: Part): void {
    this.#assert(name, part);
    this.#used.add(name);
  }

  #assert(name: string, part: Part): void {
    if (!this.#declared[part].has(name)) throw this.#undeclared(name, part);
  }

  #assertPeer(service: string): void {
    if (this.#peers.has(service)) return;
    throw new Error(`${this.#service} may not look for ${service}: ${this.#manifest} lists no request to it`);
  }

  #undeclared(name: string, part: Part): Error {
    return new Error(`${this.#service} may not use ${name}: ${this.#manifest} does not list it in "${part}"`);
  }

  get #manifest(): string {
    return `services/${this.#service}/src/manifest.ts`;
  }
}
