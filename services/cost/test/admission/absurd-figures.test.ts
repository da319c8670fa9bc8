import { limitsKey } from '@weir/contracts/cost/limits';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { World } from './world.ts';

const acme = { kind: 'organisation', id: 'acme' } as const;
const team = { kind: 'team', id: 't' } as const;

/** The most that the contract lets an event say: a caller's own host may report whatever it likes. */
const most = Number.MAX_SAFE_INTEGER;
/** As many as Redis' integers cannot hold the sum of. */
const count = 1_030;

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

const usageOf = async (scope: typeof acme | typeof team) => {
  const limits = world.limits.get(limitsKey(scope))?.value;
  if (!limits) throw new Error('no limits');
  return (await world.first.currentUsage(limits)).map(({ used }) => used);
};

test('sums of figures that are too large stay at the largest one, and stop no counting of others', async () => {
  await world.setLimits(acme, [{ unit: 'usd', limit: '9000000', window: 'day', hard: false }]);
  await world.setLimits(team, [
    { unit: 'tokens', limit: 1_000_000_000, window: 'day', hard: false },
    { unit: 'tokens', limit: 1_000_000_000, window: 'rolling', rolling_seconds: 3_600, hard: false },
  ]);
  await usageOf(acme);
  await usageOf(team);
  const attribution = { organisation: 'acme', teamId: 't' };
  for (let i = 0; i < count; i++) world.finish(world.hold(`large${i}`, { attribution }), 0, most);
  await world.first.deliver(world.ledger.takeUndelivered());
  const honest = world.finish(world.hold('honest', { attribution }), 1_000_000_000, most);
  for (let i = 0; i < 3; i++) await world.first.deliver([honest]);
  expect(await usageOf(acme)).toEqual(['1']);
  expect(await usageOf(team)).toEqual([String(most), String(most)]);
});

test.each(['day', 'rolling'] as const)(
  'a counter of the window "%s" that cannot be read refuses, and does not admit',
  async (window) => {
    const rolling = window === 'rolling' ? { rolling_seconds: 3_600 } : {};
    await world.setLimits(acme, [{ unit: 'usd', limit: '1', window, ...rolling }]);
    await world.first.reserve(world.hold('before', { amountNanoUsd: 1 }));
    const lua = `for _, key in ipairs(redis.call('keys', '*organisation.acme*')) do
    if redis.call('type', key).ok == 'hash' then
      for _, field in ipairs(redis.call('hkeys', key)) do
        if string.match(field, '^[uhv]') then redis.call('hset', key, field, 'garbage') end
      end
    end
  end`;
    await world.first.redis.run('spoil', (client) => client.eval(lua, 0));
    await expect(world.first.reserve(world.hold('after', { amountNanoUsd: 1 }))).rejects.toMatchObject({
      status: 429,
      details: { limit: { scope: 'organisation/acme', remaining: '0' } },
    });
  },
);
