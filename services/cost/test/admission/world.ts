import {
  type Admission,
  type Hold,
  holdsReleased,
  holdsRenewed,
  reserve,
  type Settlement,
  topUpHold,
} from '@weir/contracts/cost/admission';
import {
  installationScope,
  type Limit,
  limitSchema,
  limitsKey,
  type Scope,
  spendingLimits,
} from '@weir/contracts/cost/limits';
import type { DurableEvent } from '@weir/contracts/descriptors';
import { tenants } from '@weir/contracts/keys/verification';
import { attemptMade, usageAdjusted } from '@weir/contracts/usage-events';
import type { Bus, DurableHandler, EndpointHandler, EventHandler } from '@weir/service-kit/bus/bus';
import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { redisConfigSchema } from '@weir/service-kit/redis/redis-config';
import { openRedis, type RedisConnection } from '@weir/service-kit/redis/redis';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { randomBytes } from 'node:crypto';
import { Epoch } from '../../src/admission/epoch.ts';
import { type RunningAdmission, startAdmission } from '../../src/admission/start-admission.ts';
import type { ThresholdAlert } from '../../src/alerts/budget-alerts.ts';
import { FakeLedger, type StreamEvent } from './fake-ledger.ts';

export const startMs = Date.UTC(2026, 5, 15, 12);

const copyLua = `
redis.call('select', 1) redis.call('flushdb') redis.call('select', 0)
for _, key in ipairs(redis.call('keys', '*')) do redis.call('copy', key, key, 'db', 1) end`;
const fallBackLua = `redis.call('flushdb') redis.call('swapdb', 0, 1) redis.call('del', KEYS[1])`;

/** A cost service under test: its endpoints, events and consumers, and no bus. */
export class Replica {
  readonly redis: RedisConnection;
  readonly #admission: RunningAdmission;
  readonly #handlers: Map<string, unknown>;
  readonly #ledger: FakeLedger;

  constructor(
    redis: RedisConnection,
    {
      admission,
      handlers,
      ledger,
    }: { admission: RunningAdmission; handlers: Map<string, unknown>; ledger: FakeLedger },
  ) {
    this.redis = redis;
    this.#ledger = ledger;
    this.#admission = admission;
    this.#handlers = handlers;
  }

  get currentUsage(): RunningAdmission['currentUsage'] {
    return this.#admission.currentUsage;
  }

  get reseed(): RunningAdmission['reseed'] {
    return this.#admission.reseed;
  }

  async reserve(hold: Hold, settles?: Settlement): Promise<Admission> {
    const handler = this.#handlers.get(reserve.name) as EndpointHandler<typeof reserve>;
    const data = { hold, ...(settles && { settles }) };
    return handler({ data } as Parameters<typeof handler>[0]);
  }

  async topUp(hold: Hold): Promise<Admission> {
    const handler = this.#handlers.get(topUpHold.name) as EndpointHandler<typeof topUpHold>;
    return handler({ data: { hold } } as Parameters<typeof handler>[0]);
  }

  async renew(holds: Hold[]): Promise<void> {
    const handler = this.#handlers.get(holdsRenewed.name) as EventHandler<typeof holdsRenewed>;
    handler({ holds }, undefined as never);
    await this.settled();
  }

  async release(holdIds: string[]): Promise<void> {
    const handler = this.#handlers.get(holdsReleased.name) as EventHandler<typeof holdsReleased>;
    handler({ holdIds }, undefined as never);
    await this.settled();
  }

  /** Gives it events as JetStream does, in one batch of each kind. */
  async deliver(events: readonly StreamEvent[]): Promise<void> {
    for (const event of [attemptMade, usageAdjusted]) {
      const handler = this.#handlers.get(event.name) as DurableHandler<DurableEvent>;
      const batch = events
        .filter(({ name }) => name === event.name)
        .map(({ id, data, sequence, timeMs = Infinity }) => ({
          ...{ id, data, timeMs, streamSequence: sequence, source: '' },
        }));
      if (batch.length > 0) await handler(batch, new AbortController().signal);
    }
    this.#ledger.acknowledge(events);
  }

  settled(): Promise<void> {
    return this.#admission.settled();
  }

  async close(): Promise<void> {
    await this.#admission.stop();
    await this.redis.close();
  }
}

/** Several cost services over one Redis, with a stream, a ledger, and limits that a test sets. Time stands still until it is moved. */
export class World {
  readonly clock = new FakeClock(startMs);
  readonly limits = new MemoryStore(spendingLimits);
  readonly tenants = new MemoryStore(tenants);
  readonly ledger = new FakeLedger();
  readonly alerts: ThresholdAlert[] = [];
  /** For a test to set: resolves once the stream has what was published. */
  published: () => Promise<void> = async () => undefined;
  readonly replicas: Replica[] = [];
  readonly #url: string;
  /** Tests share a Redis: each has keys of its own. */
  readonly #service = `cost-${randomBytes(4).toString('hex')}`;
  #revision = 0;

  constructor(url: string) {
    this.#url = url;
  }

  static async start(url: string, replicas = 1): Promise<World> {
    const world = new World(url);
    await world.setLimits(installationScope, []);
    for (let i = 0; i < replicas; i += 1) await world.addReplica();
    return world;
  }

  get first(): Replica {
    const [replica] = this.replicas;
    if (!replica) throw new Error('no replica');
    return replica;
  }

  async addReplica(): Promise<Replica> {
    const metrics = createMetrics('cost');
    const logger = createLogger({ service: 'cost', instance: 'test', level: 'silent' });
    const epoch = new Epoch({ clock: this.clock, logger });
    const redis = await openRedis({
      settings: { ...redisConfigSchema.parse({ REDIS_URL: this.#url }), commandTimeoutMs: 5_000 },
      ...{ service: this.#service, mustKeep: false, clock: systemClock, logger, metrics },
      onReady: epoch.onReady,
    });
    const handlers = new Map<string, unknown>();
    const keep = ({ name }: { name: string }, handler: unknown) => handlers.set(name, handler);
    const bus = {
      ...{ serve: keep, subscribe: keep, consume: keep },
      consumerPosition: async (event: DurableEvent) => this.ledger.positionOf(event),
      publishDurable: (event: DurableEvent, data: unknown, id: string) => {
        this.ledger.append(event.name, structuredClone(data), id);
      },
      durablePublished: () => this.published(),
    } as unknown as Bus;
    const { clock, limits, tenants: tenantStore, ledger } = this;
    const admission = startAdmission({
      ...{ bus, redis, epoch, limits, tenants: tenantStore, spent: ledger, entered: ledger },
      alerts: { reached: (alert) => this.alerts.push(alert) },
      ...{ clock, logger, metrics },
    });
    const replica = new Replica(redis, { admission, handlers, ledger });
    this.replicas.push(replica);
    await replica.settled();
    return replica;
  }

  async setLimits(scope: Scope, limits: readonly unknown[], contact?: string): Promise<Limit[]> {
    const parsed = limits.map((limit) => limitSchema.parse(limit));
    const organisation = scope.kind === 'organisation' ? scope.id : scope.organisation;
    await this.limits.put(limitsKey(scope), {
      ...{ scope, limits: parsed, revision: ++this.#revision },
      ...(contact !== undefined && { contact }),
      ...(organisation !== undefined && { organisation }),
    });
    return parsed;
  }

  /** For {@link redisFallsBack}. Only where the test has a Redis of its own. */
  async copyRedis(): Promise<void> {
    await this.first.redis.run('copy', (client) => client.eval(copyLua, 0));
  }

  /** Redis is as it was when it was copied, if it was since this came last, and is no longer trusted. */
  async redisFallsBack(): Promise<void> {
    await this.first.redis.run('fall back', (client) => client.eval(fallBackLua, 1, 'epoch'));
  }

  /** Lets time pass, and all replicas do what is due. */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (const replica of this.replicas) await replica.settled();
  }

  /** What a hold of $1 asks for, unless the test cares. */
  hold(id: string, given: Partial<Hold> = {}): Hold {
    return {
      id: id.includes(':') ? id : `${id}:1`,
      startedAtMs: this.clock.nowMs(),
      attribution: { organisation: 'acme', keyId: 'abcd1234' },
      ...{ provider: 'openai', model: 'gpt-5', amountNanoUsd: 1_000_000_000, tokens: 100, isFirst: true },
      ...given,
    };
  }

  /** The attempt is over, and its event is in the stream. */
  finish(hold: Hold, nanoUsd: number, tokens = hold.tokens): StreamEvent {
    return this.ledger.appendAttempt(hold, nanoUsd, tokens);
  }

  /** What has not been delivered yet, to any replica. */
  async deliverAll(): Promise<void> {
    for (const event of this.ledger.takeUndelivered()) await this.first.deliver([event]);
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica.close();
  }
}
