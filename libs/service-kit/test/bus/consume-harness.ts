import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { usageStream } from '@weir/contracts/usage-events';
import type { Bus, ConsumeOptions, DurableHandler } from '@weir/service-kit/bus/bus';
import { listDeadLetters } from '@weir/service-kit/bus/jetstream/dead-letters';
import { used } from '@weir/testkit/conformance/contracts';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

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
      ...(username && { user: username, pass: password }),
    });
    return new ConsumeHarness(server, operator);
  }

  private constructor(server: NatsTestServer, operator: NatsConnection) {
    this.server = server;
    this.operator = operator;
  }

  async join(drainTimeoutMs = 5_000): Promise<Bus> {
    const bus = await connectTestBus({
      url: this.server.urlFor('router'),
      service: 'router',
      drainTimeoutMs,
    });
    this.#buses.add(bus);
    return bus;
  }

  /** A replica, and the stream that it reads. */
  async joinWithStream(): Promise<Bus> {
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

  async deadLetters() {
    return (await listDeadLetters(this.operator)).letters;
  }
}

export function publishMany(bus: Bus, count: number, from = 0): string[] {
  const ids = Array.from({ length: count }, (_, i) => `event ${from + i}`);
  for (const [i, id] of ids.entries()) bus.publishDurable(used, { units: from + i }, id);
  return ids;
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
