import type { Coefficients } from '@weir/semantic-match/coefficients';
import { featureNames, type Features } from '@weir/semantic-match/features';
import {
  awaitAnswer,
  lookUpAnswer,
  type LookUpReply,
  storeAnswer,
  type StoreTicket,
} from '@weir/contracts/cache/lookup';
import type { CacheOrder } from '@weir/contracts/cache/order';
import { cachePurges } from '@weir/contracts/cache/purges';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Embedder } from '@weir/embeddings/embedder';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics, type Metrics } from '@weir/service-kit/metrics';
import type { RedisConnection } from '@weir/service-kit/redis/redis';
import { testEnvelope } from '@weir/testkit/envelope';
import { MemoryStore } from '@weir/testkit/memory-store';
import { connectTestBus } from '@weir/testkit/test-bus';
import { usageRecord } from '@weir/testkit/usage-record';
import { randomBytes, randomUUID } from 'node:crypto';
import type { VectorStore } from '../src/domain/vector-store.ts';
import { startTiers } from '../src/start-tiers.ts';
import { cacheOrder, completionOf, openTestRedis } from './entry-harness.ts';

interface Asked {
  readonly order?: Partial<CacheOrder>;
  readonly envelope?: Partial<Envelope>;
}

interface Replica {
  readonly bus: ServiceBus;
  readonly redis: RedisConnection;
  readonly metrics: Metrics;
  readonly tiers: ReturnType<typeof startTiers>;
  close(): Promise<void>;
}

export const chat = (content: unknown, fields: object = {}) => ({
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: content as string }],
  ...fields,
});

type Chat = ReturnType<typeof chat>;

interface ServerUrls {
  readonly nats: string;
  readonly redis: string;
}

interface WorldOptions {
  readonly replicas?: number;
  readonly timeLimitMs?: number;
  readonly semantic?: {
    readonly embedder: Embedder;
    readonly vectors: VectorStore;
    readonly timeLimitMs?: number;
  };
}

/** Tests that are not about time wait for as long as a busy machine takes. */
const patienceMs = 20_000;

/** Replicas of the cache over one NATS and one Redis, and somebody who asks them. Time passes, and a test may let more of it pass. */
/** The likelier the more alike: these tests are about what becomes of a decision, whatever embedders are calibrated to. */
const likelyWhenAlike = {
  intercept: -14,
  weights: { ...(Object.fromEntries(featureNames.map((name) => [name, 0])) as Features), similarity: 20 },
  servedPrecision: [[0, 0.9] as [number, number]],
};
const coefficients: Coefficients = {
  ...{ version: 1, madeBy: 'these tests', similarity: 'embedder' },
  languages: { en: likelyWhenAlike, vi: likelyWhenAlike },
};

export class CacheWorld {
  readonly purges = new MemoryStore(cachePurges);
  readonly replicas: Replica[] = [];
  readonly #url: ServerUrls;
  readonly #asker: ServiceBus;
  readonly #service = `cache-${randomBytes(4).toString('hex')}`;
  /** What the replicas have told of what they saved. */
  readonly events: { name: string; data: unknown; id: string }[] = [];
  /** For a test to set: from 0 up to 1. */
  random = 0.99;
  #semantic: WorldOptions['semantic'];
  #shiftMs = 0;
  #timeLimitMs = patienceMs;

  constructor(url: ServerUrls, asker: ServiceBus) {
    this.#url = url;
    this.#asker = asker;
  }

  static async start(
    url: ServerUrls,
    { replicas = 1, timeLimitMs, semantic }: WorldOptions = {},
  ): Promise<CacheWorld> {
    const world = new CacheWorld(url, await connectTestBus({ url: url.nats, service: 'ingress' }));
    world.#semantic = semantic;
    world.#timeLimitMs = timeLimitMs ?? patienceMs;
    for (let i = 0; i < replicas; i += 1) await world.addReplica();
    return world;
  }

  get first(): Replica {
    const [replica] = this.replicas;
    if (!replica) throw new Error('no replica');
    return replica;
  }

  get nowMs(): number {
    return Date.now() + this.#shiftMs;
  }

  /** Time is later at once; timers do not notice. */
  advance(ms: number): void {
    this.#shiftMs += ms;
  }

  async addReplica(): Promise<Replica> {
    const metrics = createMetrics('cache');
    const bus = await connectTestBus({ url: this.#url.nats, service: 'cache', metrics });
    bus.publishDurable = ({ name }, data, id) => {
      this.events.push({ name, data, id });
    };
    const redis = await openTestRedis(this.#url.redis, this.#service);
    const clock: Clock = { ...systemClock, nowMs: () => this.nowMs };
    const tiers = startTiers({
      ...{ bus, redis, purges: this.purges, clock, processClock: clock, metrics },
      ...{ hmacKey: Buffer.alloc(32, 1), maxBytes: 1e8, maxEntryBytes: 1e5 },
      timeLimitMs: this.#timeLimitMs,
      semantic: this.#semantic && {
        ...this.#semantic,
        coefficients,
        ...{ random: () => this.random, timeLimitMs: this.#semantic.timeLimitMs ?? patienceMs },
      },
      logger: createLogger({ service: 'cache', instance: 'test', level: 'silent' }),
    });
    await bus.served();
    const close = async () => {
      await bus.drain();
      await tiers.stop();
      await tiers.flush();
      await redis.close();
    };
    const replica = { bus, redis, metrics, tiers, close };
    this.replicas.push(replica);
    return replica;
  }

  lookUp(request: Chat, asked: Asked = {}): Promise<LookUpReply> {
    return this.#asker.request(
      { ...lookUpAnswer, timeoutMs: patienceMs },
      Buffer.from(JSON.stringify(request)),
      this.#envelope(asked),
    );
  }

  await(request: Chat, asked: Asked = {}): Promise<LookUpReply> {
    return this.#asker.request(awaitAnswer, Buffer.from(JSON.stringify(request)), this.#envelope(asked));
  }

  store(ticket: StoreTicket, given: Omit<RequestOf<typeof storeAnswer>, 'ticket'>, asked: Asked = {}) {
    return this.#asker.request(storeAnswer, { ticket, ...given }, this.#envelope(asked));
  }

  /** Looks up, and where there is nothing keeps this answer. Answers with what the look-up said. */
  async ask(request: Chat, text: string, asked: Asked = {}): Promise<LookUpReply> {
    const reply = await this.lookUp(request, asked);
    if ('ticket' in reply) await this.store(reply.ticket, answerOf(text), asked);
    return reply;
  }

  async close(): Promise<void> {
    await this.#asker.drain();
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }

  #envelope({ order, envelope }: Asked): Envelope {
    return {
      ...testEnvelope(),
      ...{ requestId: randomUUID(), tenant: 'acme', caller: { keyId: 'key1', teamId: 'team1' } },
      deadlineAtMs: this.nowMs + 60_000,
      cache: cacheOrder(order),
      ...envelope,
    };
  }
}

export const head = { provider: 'openai', model: 'gpt-5-mini-2026', isKnownModel: true };
export const trailer = {
  usage: usageRecord({ uncachedInputTokens: 10, outputTokens: 5 }),
  ...{ upstreamMs: 900, costNanoUsd: 12_000 },
};

/** A whole answer that says this. */
export const answerOf = (text: string) => ({
  ...{ head, trailer },
  completion: JSON.parse(completionOf(text)) as unknown,
});

/** What a reply says, if it is a hit. */
export function saidBy(reply: LookUpReply): string | undefined {
  if (reply.outcome !== 'hit') return undefined;
  const { completion, chunks = [] } = reply.answer;
  if (completion !== undefined)
    return (JSON.parse(completion) as { choices: [{ message: { content: string } }] }).choices[0].message
      .content;
  return chunks
    .map(
      (chunk) =>
        (JSON.parse(chunk) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '',
    )
    .join('');
}

/** The ticket that a reply has; throws where it has none. */
export function ticketIn(reply: LookUpReply): StoreTicket {
  const ticket = reply.outcome === 'hit' ? reply.revalidate : 'ticket' in reply ? reply.ticket : undefined;
  if (!ticket) throw new Error(`no ticket: ${reply.outcome}`);
  return ticket;
}
