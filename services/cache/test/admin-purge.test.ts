import { cachePurges } from '@weir/contracts/cache/purges';
import { Fault } from '@weir/service-kit/fault';
import type { RedisConnection } from '@weir/service-kit/redis/redis';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type CacheAdmin, createCacheAdmin } from './admin-harness.ts';
import { newEntry, nowMs, openTestRedis } from './entry-harness.ts';

let server: TestRedis;
let redis: RedisConnection;
let cache: CacheAdmin;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  redis = await openTestRedis(server.url);
  cache = createCacheAdmin({ redis });
});
afterEach(() => redis.close());

const dayMs = 86_400_000;

test.each([
  [{ organisation_id: 'acme' }, { organisation: 'acme' }, { organisation: 'globex' }],
  [{ team_id: 't1' }, { teamId: 't1' }, { teamId: 't2' }],
  [{ key_id: 'k1' }, { keyId: 'k1' }, {}],
  [{ namespace: 'faq' }, { namespace: 'faq' }, { namespace: 'FAQ' }],
  [{ model: 'gpt-5' }, { model: 'gpt-5' }, { model: 'gpt-5-mini' }],
  [{ older_than_seconds: 86_400 }, { askedAtMs: nowMs - dayMs }, { askedAtMs: nowMs - dayMs + 1 }],
  [
    { key_id: 'k1', namespace: 'faq' },
    { keyId: 'k1', namespace: 'faq' },
    { keyId: 'k1', namespace: 'hr' },
  ],
])('%j purges what has all of it, and nothing else', async (asked, purged, spared) => {
  const gone = await cache.keep('gone', purged);
  const kept = await cache.keep('kept', spared);
  expect(await cache.admin().purge(asked)).toEqual({ purged: 1, complete: true });
  expect(await cache.entries.get(gone)).toBeUndefined();
  expect(await cache.entries.get(kept)).toBeDefined();
});

test('everything is purged by who says all, and by nobody who says nothing', async () => {
  await cache.keep('a');
  await cache.keep('b', { organisation: 'globex' });
  const { purge } = cache.admin();
  await expect(purge({})).rejects.toMatchObject({ code: 'invalid_request', details: { param: 'all' } });
  await expect(purge({ all: true, namespace: 'faq' })).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await cache.size()).toBe(2);
  expect(await purge({ all: true })).toEqual({ purged: 2, complete: true });
  expect(await cache.size()).toBe(0);
});

test("an organisation's admin purges its own entries alone, whatever is named", async () => {
  const others = await cache.keep('others', { organisation: 'globex', keyId: 'k1', namespace: 'faq' });
  await cache.keep('own', { keyId: 'k1', namespace: 'faq' });
  const { purge } = cache.admin('acme');
  await expect(purge({ organisation_id: 'globex' })).rejects.toMatchObject({ code: 'not_found' });
  expect(await purge({ key_id: 'k1', namespace: 'faq' })).toEqual({ purged: 1, complete: true });
  expect(await purge({ all: true })).toEqual({ purged: 0, complete: true });
  expect(await cache.entries.get(others)).toBeDefined();
  expect(cache.purges.covers(newEntry('others', { organisation: 'globex' }))).toBe(false);
  expect(cache.changes.map(({ organisation }) => organisation)).toEqual(['acme', 'acme']);
});

test('a purge is told to the audit log with what was named', async () => {
  await cache.admin().purge({ namespace: 'faq', older_than_seconds: 60 });
  expect(cache.changes).toMatchObject([
    {
      ...{ action: 'cache.purge', organisation: null, before: null, actor: { id: 'a1' } },
      after: { namespace: 'faq', beforeMs: nowMs - 60_000 },
    },
  ]);
});

test('answers to requests that were under way are not kept either', async () => {
  await cache.admin().purge({ namespace: 'faq' });
  const underWay = newEntry('late', { namespace: 'faq', askedAtMs: nowMs, createdAtMs: nowMs + 5_000 });
  expect(cache.purges.covers(underWay)).toBe(true);
  expect(cache.purges.covers({ ...underWay, askedAtMs: nowMs + 1 })).toBe(false);
});

test('where Redis fails the purge holds all the same, and another replica deletes', async () => {
  await cache.keep('a', { namespace: 'faq' });
  const away = vi.spyOn(cache.entries, 'list').mockRejectedValue(new Fault('service_unavailable'));
  expect(await cache.admin().purge({ namespace: 'faq' })).toEqual({ purged: 0, complete: false });
  expect(cache.purges.covers(newEntry('a', { namespace: 'faq' }))).toBe(true);
  away.mockRestore();
  const other = createCacheAdmin({ redis, purgeStore: cache.purgeStore });
  await other.sweeper.resume();
  expect(await cache.size()).toBe(1);
  // Whoever has begun is given its time.
  await redis.run('test', async (client) => client.del(...(await turnsOf(client))));
  await other.sweeper.resume();
  expect(await cache.size()).toBe(0);
});

test('where JetStream fails nothing is purged, and that is said', async () => {
  const clock = new FakeClock(nowMs);
  const purgeStore = new MemoryStore(cachePurges, { clock });
  const failing = createCacheAdmin({ redis, clock, purgeStore });
  await failing.keep('a');
  purgeStore.failure = new Fault('bus_disconnected');
  await expect(failing.admin().purge({ all: true })).rejects.toMatchObject({ code: 'bus_disconnected' });
  expect(await failing.size()).toBe(1);
  expect(failing.changes).toEqual([]);
});

test('what a replica has kept that did not know of a purge yet is swept for once more, and then no more', async () => {
  await cache.admin().purge({ all: true });
  await cache.keep('late', { askedAtMs: nowMs - 1 });
  await redis.run('test', async (client) => client.del(...(await turnsOf(client))));
  await cache.sweeper.resume();
  expect(await cache.size()).toBe(0);
  const list = vi.spyOn(cache.entries, 'list');
  await cache.sweeper.resume();
  await createCacheAdmin({ redis, purgeStore: cache.purgeStore }).sweeper.resume();
  expect(list).not.toHaveBeenCalled();
});

/** Their names without the service's prefix. */
async function turnsOf(client: {
  keys(pattern: string): Promise<string[]>;
  options: { keyPrefix?: string | undefined };
}) {
  const prefix = client.options.keyPrefix ?? '';
  return (await client.keys(`${prefix}purge:*`)).map((key) => key.slice(prefix.length));
}
