import { Fault } from '@weir/service-kit/fault';
import { FakeClock } from '@weir/testkit/fake-clock';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { RedisClock } from './redis-clock.ts';
import type { RedisCommands } from './redis-commands.ts';

/** A Redis, and a host whose clock is so far ahead of that one's. */
function createWorld(aheadMs: number) {
  const clock = new FakeClock();
  const redis = { isAway: false, tookMs: 2, aheadMs: -aheadMs };
  const commands: Pick<RedisCommands, 'run'> = {
    run: async (_name, put) => {
      if (redis.isAway) throw new Fault('service_unavailable');
      clock.advance(redis.tookMs / 2);
      const nowMs = clock.nowMs() + redis.aheadMs;
      const time = () =>
        Promise.resolve([String(Math.floor(nowMs / 1_000)), String((nowMs % 1_000) * 1_000)]);
      const answer = await put({ time } as unknown as Redis);
      clock.advance(redis.tookMs / 2);
      return answer;
    },
  };
  const startedAtMs = clock.nowMs();
  const redisClock = new RedisClock({ clock, monotonicMs: () => clock.nowMs() - startedAtMs });
  return { clock, redis, redisClock, commands, redisNowMs: () => clock.nowMs() + redis.aheadMs };
}

test.each([-59_000, -2_000, 0, 2_000, 59_000])(
  'by a host whose clock is %i ms ahead it is as late as in Redis, in whole milliseconds',
  async (aheadMs) => {
    const { redisClock, commands, redisNowMs } = createWorld(aheadMs);
    await redisClock.follow(commands);
    expect(Math.abs(redisClock.nowMs() - redisNowMs())).toBeLessThanOrEqual(2);
    expect(Number.isInteger(redisClock.nowMs())).toBe(true);
  },
);

test('it goes on while Redis is away, and follows a Redis whose clock is set', async () => {
  const { clock, redis, redisClock, commands, redisNowMs } = createWorld(2_000);
  await redisClock.follow(commands);
  redis.isAway = true;
  await clock.advanceAsync(30_000);
  expect(Math.abs(redisClock.nowMs() - redisNowMs())).toBeLessThanOrEqual(2);
  redis.isAway = false;
  redis.aheadMs = 500;
  await clock.advanceAsync(11_000);
  expect(Math.abs(redisClock.nowMs() - redisNowMs())).toBeLessThanOrEqual(2);
});

test('an answer that took long, and a difference that cannot be known, change nothing', async () => {
  const { clock, redis, redisClock, commands } = createWorld(0);
  await redisClock.follow(commands);
  redis.tookMs = 2_000;
  redis.aheadMs = 9_000;
  await clock.advanceAsync(12_000);
  redis.tookMs = 40;
  redis.aheadMs = 15;
  await clock.advanceAsync(12_000);
  expect(redisClock.nowMs()).toBe(clock.nowMs());
});
