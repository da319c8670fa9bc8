import { EventEmitter } from 'node:events';
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
import type { Envelope } from '@weir/contracts/envelope';
import {
  tenants,
  verificationKey,
  verifyAdminKey,
  verifyKey,
  virtualKeys,
} from '@weir/contracts/keys/verification';
import type { ModelList } from '@weir/contracts/models';
import type { CompletionHead, CompletionTrailer } from '@weir/contracts/router';
import type {
  Bus,
  EventHandler,
  Instance,
  SilentInstance,
  StreamCall,
  StreamSink,
} from '@weir/service-kit/bus/bus';
import type { ProbeOutcome } from '@weir/service-kit/bus/rpc/probe-endpoint';
import type { Store } from '@weir/service-kit/bus/store';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { MemoryStore } from '@weir/testkit/memory-store';
import { keyRecord, testKeyId, testVerificationKey, verificationKeyBytes } from './keys.ts';

export const head: CompletionHead = { provider: 'openai', model: 'gpt-5-mini', warnings: [] };

export const trailer: CompletionTrailer = {
  upstreamMs: 0,
  usage: {
    uncachedInputTokens: 3,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    audioInputTokens: 0,
    imageInputTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    audioOutputTokens: 0,
    webSearchRequests: 0,
    modelServed: 'gpt-5-mini',
    source: 'provider',
  },
};

/** A completion that the ingress has asked for; the test is its router. Emits what the ingress does with it. */
export class FakeCall extends EventEmitter<{ cancel: []; pause: []; resume: [] }> implements StreamCall {
  readonly contract: string;
  readonly body: Uint8Array;
  readonly envelope: Envelope;
  isAccepted = true;
  isCancelled = false;
  isPaused = false;
  readonly #sink: StreamSink<StreamEndpoint>;

  constructor(
    contract: StreamEndpoint,
    body: Uint8Array,
    envelope: Envelope,
    sink: StreamSink<StreamEndpoint>,
  ) {
    super();
    this.contract = contract.name;
    this.body = body;
    this.envelope = envelope;
    this.#sink = sink;
  }

  cancel(): void {
    this.isCancelled = true;
    this.emit('cancel');
  }

  pause(): void {
    this.isPaused = true;
    this.emit('pause');
  }

  resume(): void {
    this.isPaused = false;
    this.emit('resume');
  }

  head(known: Partial<CompletionHead> = {}): void {
    this.#sink.onHead({ ...head, ...known });
  }

  chunk(text: string): void {
    this.#sink.onChunk(Buffer.from(text));
  }

  end(body = '', known: Partial<CompletionTrailer> = {}): void {
    this.#sink.onEnd({ ...trailer, ...known }, Buffer.from(body));
  }

  fault(fault: Fault): void {
    this.#sink.onFault(fault);
  }
}

interface Asked {
  readonly endpoint: string;
  readonly data: unknown;
  readonly envelope: Envelope;
}

/** A bus whose other end is the test. Its keys service has told the verification key, and knows nothing but the test key. */
export class FakeBus implements Bus {
  connected = true;
  hasRouter = true;
  hasKeys = true;
  models: ModelList = { object: 'list', data: [] };
  found: Record<string, Instance[]> = {};
  silent: Record<string, SilentInstance[]> = {};
  /** Every question with one answer that was asked, but those of the verification key. */
  readonly asked: Asked[] = [];
  /** Every event that was published. */
  readonly published: { readonly name: string; readonly data: unknown }[] = [];
  readonly calls: FakeCall[] = [];
  /** Answers each call as it is made; without it the test takes them by `nextCall`. */
  onCall: ((call: FakeCall) => void) | undefined;
  readonly #replies = new Map<string, (asked: Asked) => unknown>();
  readonly #stores = new Map<string, MemoryStore<Bucket>>();
  readonly #subscribers = new Map<string, EventHandler<Event>>();
  #waiting: ((call: FakeCall) => void) | undefined;

  constructor() {
    this.storeOf(virtualKeys).putRaw(testKeyId, JSON.stringify(keyRecord(testKeyId)));
    this.storeOf(tenants).putRaw('organisation.default', JSON.stringify({ suspended: false }));
    this.answer(verificationKey, ({ publicKey }) => ({
      id: testVerificationKey.id,
      sealedKey: seal(verificationKeyBytes.toString('base64url'), publicKey),
    }));
    this.answer(verifyKey, () => ({ key: null, policies: [] }));
    this.answer(verifyAdminKey, () => ({ key: null }));
  }

  /** What an ingress follows of a bucket: for a test to write to. */
  storeOf<B extends Bucket>(bucket: B): MemoryStore<B> {
    const known = this.#stores.get(bucket.name) ?? new MemoryStore<Bucket>(bucket);
    this.#stores.set(bucket.name, known);
    return known as unknown as MemoryStore<B>;
  }

  /** Has another replica publish an event. */
  tell<E extends Event>({ name }: E, data: DataOf<E>, envelope: Envelope): void {
    this.#subscribers.get(name)?.(data, envelope);
  }

  /** Answers an endpoint's questions. What it throws is the answer, too. */
  answer<E extends Endpoint>(endpoint: E, reply: (data: RequestOf<E>, envelope: Envelope) => unknown): void {
    this.#replies.set(endpoint.name, ({ data, envelope }) => reply(data as RequestOf<E>, envelope));
  }

  /** What an endpoint was asked, in turn. */
  askedOf<E extends Endpoint>({ name }: E): RequestOf<E>[] {
    return this.asked.filter(({ endpoint }) => endpoint === name).map(({ data }) => data as RequestOf<E>);
  }

  /** The next completion that is asked for. */
  nextCall(): Promise<FakeCall> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  requestStream<S extends StreamEndpoint>(
    contract: S,
    body: Uint8Array,
    envelope: Envelope,
    sink: StreamSink<S>,
  ): StreamCall {
    const call = new FakeCall(contract, body, envelope, sink);
    this.calls.push(call);
    this.#waiting?.(call);
    setImmediate(() => this.onCall?.(call));
    return call;
  }

  async request<E extends Endpoint>(
    endpoint: E,
    given: RequestOf<E> | Uint8Array,
    envelope: Envelope,
  ): Promise<ReplyOf<E>> {
    const data: unknown = given instanceof Uint8Array ? JSON.parse(Buffer.from(given).toString()) : given;
    const asked = { endpoint: endpoint.name, data: endpoint.request.parse(data), envelope };
    if (endpoint.name !== verificationKey.name) this.asked.push(asked);
    if (!this.connected) throw new Fault('bus_disconnected');
    const isThere =
      { router: this.hasRouter, cache: this.#replies.has(endpoint.name) }[endpoint.service] ?? this.hasKeys;
    if (!isThere) throw new Fault('service_unavailable');
    const reply = this.#replies.get(endpoint.name) ?? (() => this.models);
    return endpoint.reply.parse(await reply(asked)) as ReplyOf<E>;
  }

  instances(service: string): Promise<Instance[]> {
    return Promise.resolve(this.found[service] ?? []);
  }

  silentInstances(service: string): SilentInstance[] {
    return this.silent[service] ?? [];
  }

  isServed(): Promise<boolean> {
    return Promise.resolve(this.hasRouter);
  }

  probe({ service }: Endpoint | StreamEndpoint): Promise<ProbeOutcome> {
    const isThere = service === 'router' ? this.hasRouter : this.hasKeys;
    return Promise.resolve(isThere ? 'answered' : 'absent');
  }

  publish<E extends Event>({ name }: E, data: DataOf<E>): void {
    this.published.push({ name, data });
  }

  publishDurable<E extends DurableEvent>({ data: schema, name }: E, data: DataOf<E>): void {
    this.published.push({ name, data: schema.parse(data) });
  }

  subscribe<E extends Event>({ name }: E, handler: EventHandler<E>): void {
    this.#subscribers.set(name, handler);
  }

  store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    return Promise.resolve(this.storeOf(bucket));
  }

  serve = refuse;
  serveStream = refuse;
  durablePublished = async () => undefined;
  consume = refuse;
  consumerPosition = refuse;
  ensureStream = refuse;
  drain = async () => undefined;
}

function refuse(): never {
  throw new Error('The ingress serves nothing on the bus.');
}
