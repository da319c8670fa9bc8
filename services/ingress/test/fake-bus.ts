import { EventEmitter } from 'node:events';
import type { Endpoint, ReplyOf, RequestOf, StreamEndpoint } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { ModelList } from '@weir/contracts/models';
import type { CompletionHead, CompletionTrailer } from '@weir/contracts/router';
import type { Bus, Instance, StreamCall, StreamSink } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';

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

/** A bus whose other end is the test. */
export class FakeBus implements Bus {
  connected = true;
  hasRouter = true;
  models: ModelList = { object: 'list', data: [] };
  found: Record<string, Instance[]> = {};
  /** Every question with one answer that was asked. */
  readonly asked: Asked[] = [];
  readonly calls: FakeCall[] = [];
  /** Answers each call as it is made; without it the test takes them by `nextCall`. */
  onCall: ((call: FakeCall) => void) | undefined;
  readonly #replies = new Map<string, (asked: Asked) => unknown>();
  #waiting: ((call: FakeCall) => void) | undefined;

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
    data: RequestOf<E>,
    envelope: Envelope,
  ): Promise<ReplyOf<E>> {
    const asked = { endpoint: endpoint.name, data: endpoint.request.parse(data), envelope };
    this.asked.push(asked);
    if (!this.hasRouter) throw new Fault('service_unavailable');
    const reply = this.#replies.get(endpoint.name) ?? (() => this.models);
    return endpoint.reply.parse(await reply(asked)) as ReplyOf<E>;
  }

  instances(service: string): Promise<Instance[]> {
    return Promise.resolve(this.found[service] ?? []);
  }

  isServed(): Promise<boolean> {
    return Promise.resolve(this.hasRouter);
  }

  serve = refuse;
  serveStream = refuse;
  publish = refuse;
  publishDurable = refuse;
  consume = refuse;
  ensureStream = refuse;
  store = refuse;
  subscribe = refuse;
  drain = async () => undefined;
}

function refuse(): never {
  throw new Error('The ingress serves nothing on the bus.');
}
