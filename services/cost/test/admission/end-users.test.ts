import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { World } from './world.ts';

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  world = await World.start(server.url);
  await world.setLimits({ kind: 'end_user', organisation: 'acme', id: '*' }, [
    { unit: 'usd', limit: '1', window: 'total' },
  ]);
});
afterEach(() => world.close());

const reserve = (id: string, endUser: string) =>
  world.first.reserve(world.hold(id, { attribution: { organisation: 'acme', endUser }, amountNanoUsd: 1 }));

test('an end user takes the same of Redis, however long the name is, and for hours', async () => {
  await reserve('a', 'é'.repeat(256));
  const counters = await world.first.redis.run('read counters', async (client) => {
    const parts = await client.hget('hold:a:1', 'parts');
    const keys = [...(parts ?? '').matchAll(/counter:\S+/g)].map(([key]) => key);
    return Promise.all(keys.map(async (key) => ({ length: key.length, ttlMs: await client.pttl(key) })));
  });
  expect(counters).toHaveLength(1);
  for (const { length, ttlMs } of counters) {
    expect(length).toBeLessThan(120);
    expect(ttlMs).toBeLessThanOrEqual(6 * 3_600_000);
  }
});

test('callers who name ever new end users are stopped for the rest of the minute, and nobody else is', async () => {
  for (let i = 0; i < 1_000; i += 1) await reserve(`r${i}`, `user${i}`);
  await expect(reserve('new', 'new')).rejects.toMatchObject({
    code: 'rate_limit_exceeded',
    details: { retryAfterMs: 60_000 },
  });
  await reserve('known', 'user1');
  await world.advance(60_000);
  await reserve('new', 'new');
});
