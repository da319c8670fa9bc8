import { systemClock } from '@weir/service-kit/clock';
import { createMetrics } from '@weir/service-kit/metrics';
import { createLogger } from '@weir/service-kit/logger';
import { redisConfigSchema } from '@weir/service-kit/redis/redis-config';
import { openRedis, type RedisConnection } from '@weir/service-kit/redis/redis';
import { expect, test } from 'vitest';
import { createTestRedis } from '../src/servers/test-redis.ts';

/** Puts commands as a service would. */
async function using<T>(url: string, work: (redis: RedisConnection) => Promise<T>): Promise<T> {
  const redis = await openRedis({
    settings: redisConfigSchema.parse({ REDIS_URL: url }),
    service: 'cost',
    mustKeep: true,
    clock: systemClock,
    logger: createLogger({ service: 'cost', instance: 'test', level: 'silent' }),
    metrics: createMetrics('cost'),
  });
  return work(redis).finally(() => redis.close());
}

const set = (url: string, value: string) =>
  using(url, (redis) => redis.run('set', (client) => client.set('key', value)));
const get = (url: string) => using(url, (redis) => redis.run('get', (client) => client.get('key')));

test('tests share a Redis and not a key', async () => {
  const [one, other] = await Promise.all([createTestRedis(), createTestRedis()]);
  expect(new URL(other.url).host).toBe(new URL(one.url).host);
  expect(other.url).not.toBe(one.url);
  await set(one.url, 'one');
  expect(await get(other.url)).toBeNull();
  await set(other.url, 'other');
  await using(other.url, (redis) => redis.run('flush', (client) => client.flushdb()));
  expect(await get(one.url)).toBe('one');
  await Promise.all([one.close(), other.close()]);
});

test('each gets another, beyond the number that a Redis has by default', async () => {
  const all = await Promise.all(Array.from({ length: 40 }, () => createTestRedis()));
  expect(new Set(all.map(({ url }) => url)).size).toBe(40);
  const last = all.at(-1)?.url ?? '';
  await set(last, 'last');
  expect(await get(last)).toBe('last');
});

test('one that is to be killed has a server of its own', async () => {
  const redis = await createTestRedis({ ownServer: true });
  const shared = await createTestRedis();
  expect(new URL(redis.url).port).not.toBe(new URL(shared.url).port);
  await redis.server?.kill();
  await set(shared.url, 'there');
  expect(await get(shared.url)).toBe('there');
  await redis.server?.restart();
  await set(redis.url, 'again');
  expect(await get(redis.url)).toBe('again');
  await redis.close();
});
