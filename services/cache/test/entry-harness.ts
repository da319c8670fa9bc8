import type { CacheOrder } from '@weir/contracts/cache/order';
import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { redisConfigSchema } from '@weir/service-kit/redis/redis-config';
import { openRedis, type RedisConnection } from '@weir/service-kit/redis/redis';
import { usageRecord } from '@weir/testkit/usage-record';
import { createHash, randomBytes } from 'node:crypto';
import { EntryStore, type NewEntry } from '../src/entries/entry-store.ts';

export const nowMs = Date.UTC(2026, 5, 15, 12);

/** The id that an entry of this name has. */
export const idOf = (name: string) => createHash('sha256').update(name).digest('base64url');

/** A `chat.completion` that says this. */
export const completionOf = (content: string) =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_780_000_000,
    model: 'gpt-5-mini',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });

export function newEntry(name: string, given: Partial<NewEntry> = {}): NewEntry {
  const createdAtMs = given.createdAtMs ?? nowMs;
  const expiresAtMs = given.expiresAtMs ?? createdAtMs + 60_000;
  return {
    ...{ id: idOf(name), organisation: 'acme', sharedBy: 'organisation', model: 'gpt-5-mini' },
    ...{ provider: 'openai', modelServed: 'gpt-5-mini', usage: usageRecord(), latencyMs: 900 },
    ...{ askedAtMs: createdAtMs, createdAtMs, expiresAtMs, staleUntilMs: expiresAtMs },
    ...given,
  };
}

/** What a cache may do for a request, unless the test cares. */
export function cacheOrder(given: Partial<CacheOrder> = {}): CacheOrder {
  return {
    ...{ mode: 'exact', isRead: true, ttlSeconds: 3_600, accuracyTarget: 0.97, maxTemperature: 1 },
    ...{ shadowCheckRate: 0, singleFlightMs: 5_000, sharedBy: 'organisation' },
    ...given,
  };
}

/** Tests share a Redis: each has keys of its own. */
export function openTestRedis(url: string, service = `cache-${randomBytes(4).toString('hex')}`) {
  return openRedis({
    settings: { ...redisConfigSchema.parse({ REDIS_URL: url }), commandTimeoutMs: 5_000 },
    ...{ service, mustKeep: false, clock: systemClock, metrics: createMetrics('cache') },
    logger: createLogger({ service: 'cache', instance: 'test', level: 'silent' }),
  });
}

interface TestEntries {
  readonly entries: EntryStore;
  readonly orphaned: string[];
  corrupt: number;
}

export function entriesOn(
  redis: RedisConnection,
  limits: { maxBytes?: number; maxEntryBytes?: number } = {},
) {
  const orphaned: string[] = [];
  const test = { orphaned, corrupt: 0 } as TestEntries;
  const entries = new EntryStore({
    ...{ redis, maxBytes: 1e9, maxEntryBytes: 1e6, ...limits },
    onVectorsOrphaned: (ids) => orphaned.push(...ids),
    onCorrupt: () => (test.corrupt += 1),
  });
  return Object.assign(test, { entries });
}
