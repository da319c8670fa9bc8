import { cachePurges } from '@weir/contracts/cache/purges';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PurgeList } from '../src/entries/purges.ts';
import { createCacheAdmin } from './admin-harness.ts';
import { newEntry, nowMs, openTestRedis } from './entry-harness.ts';

let nats: NatsTestServer;
let server: TestRedis;
let buses: ServiceBus[];
beforeAll(async () => {
  [nats, server] = await Promise.all([startNats({ config: 'open' }), createTestRedis()]);
  buses = await Promise.all([1, 2].map(() => connectTestBus({ url: nats.url, service: 'cache' })));
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await Promise.all([nats.close(), server.close()]);
});

test('a purge holds in every replica within a second, and in one that starts later', async () => {
  const redis = await openTestRedis(server.url);
  const [here, there] = await Promise.all(buses.map((bus) => bus.store(cachePurges)));
  if (!here || !there) throw new Error('There are two.');
  const elsewhere = new PurgeList(there);
  const cache = createCacheAdmin({ redis, purgeStore: here });
  const entry = newEntry('a', { namespace: 'faq' });
  expect(elsewhere.covers(entry)).toBe(false);
  const purged = cache.admin().purge({ namespace: 'faq' });
  const startedAtMs = performance.now();
  await eventually(() => {
    expect(elsewhere.covers(entry)).toBe(true);
  });
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  expect(elsewhere.covers({ ...entry, askedAtMs: nowMs + 1 })).toBe(false);
  await purged;
  const late = await connectTestBus({ url: nats.url, service: 'cache' });
  buses.push(late);
  expect(new PurgeList(await late.store(cachePurges)).covers(entry)).toBe(true);
  await redis.close();
});
