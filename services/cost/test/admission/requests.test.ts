import { limitsKey } from '@weir/contracts/cost/limits';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { World } from './world.ts';

const acme = { kind: 'organisation', id: 'acme' } as const;
const pro = { model: 'gpt-5-pro', isFirst: false };

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  world = await World.start(server.url);
});
afterEach(() => world.close());

const scopeLimits = () => {
  const limits = world.limits.get(limitsKey(acme))?.value;
  if (!limits) throw new Error('no limits');
  return limits;
};
const usage = async () => {
  const [requests] = await world.first.currentUsage(scopeLimits());
  return { used: requests?.used, held: requests?.held };
};
const refused = { code: 'rate_limit_exceeded', details: { limit: { model: 'gpt-5-pro', unit: 'requests' } } };

describe.each([{ window: 'minute' }, { window: 'day' }])(
  'a limit of requests a $window for a model',
  (window) => {
    const limit = (amount: number) => ({ unit: 'requests', limit: amount, model: 'gpt-5-pro', ...window });

    test('holds for a fallback to it', async () => {
      await world.setLimits(acme, [limit(0)]);
      await expect(world.first.reserve(world.hold('a:2', pro))).rejects.toMatchObject(refused);
    });

    test('counts a request once, with its first attempt there, and that again where it was not made', async () => {
      await world.setLimits(acme, [limit(1)]);
      await world.first.reserve(world.hold('a:1'));
      await world.first.reserve(world.hold('a:2', pro));
      await world.first.reserve(world.hold('a:3', pro));
      await expect(world.first.reserve(world.hold('b:2', pro))).rejects.toMatchObject(refused);
      world.finish(world.hold('a:2', pro), 0);
      world.finish(world.hold('a:3', pro), 0);
      await world.deliverAll();
      expect(await usage()).toEqual({ used: '1', held: '0' });
    });
  },
);

test('a fallback that was given up before it was made leaves its place to others', async () => {
  await world.setLimits(acme, [{ unit: 'requests', limit: 1, model: 'gpt-5-pro', window: 'day' }]);
  await world.first.reserve(world.hold('a:2', pro));
  await world.first.release(['a:2']);
  await world.first.reserve(world.hold('a:3', pro));
  await expect(world.first.reserve(world.hold('b:2', pro))).rejects.toMatchObject(refused);
});

test('requests that are under way are held of a day, and are there when its counter is read anew', async () => {
  await world.setLimits(acme, [{ unit: 'requests', limit: 2, window: 'day' }]);
  const hold = world.hold('a');
  await world.first.reserve(hold);
  expect(await usage()).toEqual({ used: '0', held: '1' });
  const [limit] = scopeLimits().limits;
  if (limit) await world.first.reseed(scopeLimits(), limit);
  expect(await usage()).toEqual({ used: '0', held: '1' });
  await world.first.reserve(world.hold('b'));
  const nextDayMs = Date.UTC(2026, 5, 16);
  // That they end makes no room: they count in the day all the same.
  await expect(world.first.reserve(world.hold('c'))).rejects.toMatchObject({
    details: { limit: { resetAtMs: nextDayMs }, retryAfterMs: nextDayMs - world.clock.nowMs() },
  });
  world.finish(hold, 1);
  await world.deliverAll();
  expect(await usage()).toEqual({ used: '1', held: '1' });
});
