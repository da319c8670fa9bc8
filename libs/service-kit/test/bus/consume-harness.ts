import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { connect, headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';
import { usageStream } from '@weir/contracts/usage-events';
import type { Bus, ConsumeOptions, DurableHandler } from '@weir/service-kit/bus/bus';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import type { Metrics } from '@weir/service-kit/metrics';
import { listDeadLetters } from '@weir/service-kit/bus/jetstream/dead-letters';
import { used } from '@weir/testkit/conformance/contracts';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { z } from 'zod';

export const stream = { ...usageStream, maxBytes: 50_000_000 };

/** So that a test need not wait for seconds. */
export const soon = { firstMs: 20, longestMs: 200 };

export type Handler = DurableHandler<typeof used>;

/** A server, an operator and any number of replicas of one service. */
export class ConsumeHarness {
  readonly server: NatsTestServer;
  readonly operator: NatsConnection;
  readonly #buses = new Set<Bus>();

  static async start(config: 'open' | 'weir' = 'weir'): Promise<ConsumeHarness> {
    const server = await startNats({ config, services: conformanceServices });
    const { username, password, host } = new URL(server.urlFor('operator'));
    const operator = await connect({
      servers: host,
      inboxPrefix: '_INBOX_operator',
      reconnectTimeWait: 100,
      maxReconnectAttempts: -1,
      ...(username && { user: username, pass: password }),
    });
    return new ConsumeHarness(server, operator);
  }

  private constructor(server: NatsTestServer, operator: NatsConnection) {
    this.server = server;
    this.operator = operator;
  }

  async join(options: { drainTimeoutMs?: number; metrics?: Metrics } = {}): Promise<ServiceBus> {
    const bus = await connectTestBus({ url: this.server.urlFor('router'), service: 'router', ...options });
    this.#buses.add(bus);
    return bus;
  }

  /** A replica, and the stream that it reads. */
  async joinWithStream(): Promise<ServiceBus> {
    const bus = await this.join();
    await bus.ensureStream(stream);
    return bus;
  }

  async leave(bus: Bus): Promise<void> {
    this.#buses.delete(bus);
    await bus.drain();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#buses].map((bus) => bus.drain()));
    await this.operator.close();
    await this.server.close();
  }

  /** A call of JetStream's API, for what only an operator with all rights may do. */
  async request(api: string, body: object = {}): Promise<unknown> {
    const answer = await this.operator.request(`$JS.API.${api}`, JSON.stringify(body), { timeout: 2_000 });
    return answer.json();
  }

  /** The stream and its consumer, as the operator would have made them: with another ack wait than Weir's. */
  async createConsumer({ ackWaitMs }: { ackWaitMs: number }): Promise<void> {
    const { name, subjects } = stream;
    await this.request(`STREAM.CREATE.${name}`, { name, subjects });
    await this.request(`CONSUMER.DURABLE.CREATE.${name}.router-usage-tried`, {
      stream_name: name,
      config: {
        durable_name: 'router-usage-tried',
        filter_subject: used.subject,
        ack_policy: 'explicit',
        deliver_policy: 'all',
        ack_wait: ackWaitMs * 1e6,
      },
    });
  }

  consumerInfo(): Promise<unknown> {
    return this.request(`CONSUMER.INFO.${stream.name}.router-usage-tried`);
  }

  /** Stores one message with these events, as a publisher of Weir's would. */
  async store(events: readonly object[], { contentType = 'application/cloudevents-batch+json' } = {}) {
    await this.storeRaw(JSON.stringify(events), { 'content-type': contentType });
  }

  async storeRaw(data: string, headers: Record<string, string> = {}): Promise<void> {
    const messageHeaders = createHeaders();
    for (const [name, value] of Object.entries(headers)) messageHeaders.set(name, value);
    const stored = await this.operator.request(used.subject, data, {
      headers: messageHeaders,
      timeout: 2_000,
    });
    if (!stored.string().includes('"seq"')) throw new Error(`not stored: ${stored.string()}`);
  }

  /** How many messages a stream has. */
  async storedCount(streamName: string): Promise<number> {
    const info = await this.request(`STREAM.INFO.${streamName}`);
    return z.object({ state: z.object({ messages: z.number() }) }).parse(info).state.messages;
  }

  async deadLetters() {
    return (await listDeadLetters(this.operator)).letters;
  }
}

export function publishMany(bus: Bus, count: number, from = 0): string[] {
  const ids = Array.from({ length: count }, (_, i) => `event ${from + i}`);
  for (const [i, id] of ids.entries()) bus.publishDurable(used, { units: from + i }, id);
  return ids;
}

/** A CloudEvent as Weir publishes it. */
export function cloudEvent(id: string, data: object = { units: 1 }) {
  return { specversion: '1.0', id, source: '/weir/test', type: used.subject, data };
}

/** Consumes, and keeps the ids of what was handled. */
export function consumeIds(bus: Bus, options: ConsumeOptions = {}, handler: Handler = async () => undefined) {
  const handled: string[] = [];
  bus.consume(
    used,
    async (events, signal) => {
      await handler(events, signal);
      handled.push(...events.map(({ id }) => id));
    },
    { redelivery: soon, ...options },
  );
  return handled;
}
