import { usageAdjusted } from '@weir/contracts/usage-events';
import { eventually } from '@weir/testkit/eventually';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { entryOfAdjustment } from '../../src/ledger/ledger-entry.ts';
import { World } from './world.ts';

const usd = 1_000_000_000;
const acme = { kind: 'organisation', id: 'acme' } as const;

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  world = await World.start(server.url, 2);
  await world.setLimits(acme, [
    { unit: 'usd', limit: '10', window: 'day' },
    { unit: 'parallel_requests', limit: 2 },
  ]);
});
afterEach(() => world.close());

const usage = async () => {
  const limits = world.limits.get('organisation.acme')?.value;
  if (!limits) throw new Error('no limits');
  const [money, parallel] = await world.first.currentUsage(limits);
  return { used: money?.used, held: money?.held, parallel: parallel?.held };
};

test('a hold that is put twice is held once, and grows where it is put larger', async () => {
  const hold = world.hold('a');
  await world.first.reserve(hold);
  await world.first.reserve(hold);
  expect(await usage()).toEqual({ used: '0', held: '1', parallel: '1' });
  await world.first.topUp({ ...hold, amountNanoUsd: 3 * usd });
  expect(await usage()).toEqual({ used: '0', held: '3', parallel: '1' });
  await expect(world.first.topUp({ ...hold, amountNanoUsd: 10 * usd + 1 })).rejects.toMatchObject({
    code: 'insufficient_quota',
    details: { limit: { unit: 'usd', remaining: '10' } },
  });
  expect(await usage()).toEqual({ used: '0', held: '3', parallel: '1' });
});

test('an attempt that is counted twice is counted once, and holds nothing any more', async () => {
  const hold = world.hold('a');
  await world.first.reserve(hold);
  const event = world.finish(hold, 0.25 * usd);
  await world.first.deliver([event, event]);
  await world.replicas[1]?.deliver([event, { ...event, sequence: event.sequence + 1 }]);
  expect(await usage()).toEqual({ used: '0.25', held: '0', parallel: '0' });
});

test('usage that nothing was held for is counted all the same, once', async () => {
  await usage();
  const event = world.finish(world.hold('a'), 2 * usd);
  await world.first.deliver([event]);
  await world.replicas[1]?.deliver([event]);
  expect(await usage()).toEqual({ used: '2', held: '0', parallel: '0' });
});

test('a fallback does not compete with its own first attempt, whose cost is counted once when it is told', async () => {
  await world.setLimits(acme, [
    { unit: 'usd', limit: '1', window: 'day' },
    { unit: 'parallel_requests', limit: 1 },
  ]);
  const first = world.hold('a:1');
  await world.first.reserve(first);
  const settles = { holdId: first.id, costNanoUsd: 0.1 * usd, tokens: 5 };
  const second = world.hold('a:2', { amountNanoUsd: 0.9 * usd, isFirst: false });
  await world.replicas[1]?.reserve(second, settles);
  expect(await usage()).toEqual({ used: '0', held: '1', parallel: '1' });
  world.finish(first, 0.1 * usd, 5);
  await world.deliverAll();
  expect(await usage()).toEqual({ used: '0.1', held: '0.9', parallel: '1' });
  world.finish(second, 0.2 * usd);
  await world.deliverAll();
  expect((await usage()).used).toBe('0.3');
});

describe('an attempt of which nothing is heard', () => {
  test('is charged in full after 30 seconds, in the limits and in the ledger, once', async () => {
    const hold = world.hold('a');
    await world.first.reserve(hold);
    await world.advance(29_000);
    expect(world.ledger.events).toEqual([]);
    await world.advance(1_000);
    await world.advance(1_000);
    const charges = world.ledger.entries();
    expect(charges).toMatchObject([
      { nanoUsd: usd, data: { requestId: 'a', attempt: 1, tenant: 'acme', kind: 'expired', tokens: 100 } },
    ]);
    // Held until its charge is counted: at no time is there room that is not there.
    expect(await usage()).toEqual({ used: '0', held: '1', parallel: '1' });
    await world.deliverAll();
    expect(await usage()).toEqual({ used: '1', held: '0', parallel: '0' });
  });

  test('is charged what it has really used, where that is told after all', async () => {
    const hold = world.hold('a');
    await world.first.reserve(hold);
    await world.advance(30_000);
    await world.deliverAll();
    world.finish(hold, 0.3 * usd);
    await world.deliverAll();
    await world.advance(1_000);
    await world.deliverAll();
    expect(world.ledger.events.map(({ id }) => id)).toEqual(['a:1:expired', 'a:1', 'a:1:corrected']);
    expect(await usage()).toEqual({ used: '0.3', held: '0', parallel: '0' });
    expect(world.ledger.spentSince(0)).toBe(0.3 * usd);
  });

  test('is charged as much where its usage is told before the charge is counted', async () => {
    const hold = world.hold('a');
    await world.first.reserve(hold);
    await world.advance(30_000);
    const [charge] = world.ledger.takeUndelivered();
    const late = world.finish(hold, 0.3 * usd);
    await world.first.deliver([late]);
    if (charge) await world.first.deliver([charge]);
    await world.advance(1_000);
    await world.first.deliver(world.ledger.events);
    expect(await usage()).toEqual({ used: '0.3', held: '0', parallel: '0' });
    expect(world.ledger.spentSince(0)).toBe(0.3 * usd);
  });

  test('of a model without a price has no cost in the ledger, rather than $0', async () => {
    await world.setLimits(acme, [{ unit: 'requests', limit: 10, window: 'day' }]);
    const unpriced = world.hold('a');
    delete unpriced.amountNanoUsd;
    await world.first.reserve(unpriced);
    await world.advance(30_000);
    const [charge] = world.ledger.events;
    expect(entryOfAdjustment(usageAdjusted.data.parse(charge?.data)).costNanoUsd).toBeNull();
  });

  test('is charged though the stream takes nothing, and has not taken the charge of another', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.published = () => promise;
    await world.first.reserve(world.hold('a'));
    world.clock.advance(10_000);
    await world.first.reserve(world.hold('b'));
    await eventually(() => {
      world.clock.advance(1_000);
      const ids = world.ledger.events.map(({ id }) => id);
      expect(new Set(ids)).toEqual(new Set(['a:1:expired', 'b:1:expired']));
    });
    resolve(undefined);
  });

  test('is charged again with the same id, should the charge be lost on its way', async () => {
    await world.first.reserve(world.hold('a'));
    await world.advance(30_000);
    await world.advance(60_000);
    const ids = world.ledger.events.map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(['a:1:expired']));
    expect(ids.length).toBeGreaterThan(1);
    await world.deliverAll();
    expect((await usage()).used).toBe('1');
    expect(world.ledger.events.every(({ name }) => name === usageAdjusted.name)).toBe(true);
  });
});

test('a renewed hold lives on; one that was given up is free, and does not come again', async () => {
  const [kept, left] = [world.hold('a'), world.hold('b')];
  await world.first.reserve(kept);
  await world.first.reserve(left);
  await world.first.release([left.id, 'never:1']);
  expect(await usage()).toEqual({ used: '0', held: '1', parallel: '1' });
  await expect(world.first.reserve(left)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  await expect(world.first.reserve(world.hold('never'))).rejects.toMatchObject({ code: 'deadline_exceeded' });
  for (let i = 0; i < 12; i += 1) {
    await world.advance(5_000);
    await world.replicas[i % 2]?.renew([kept]);
  }
  expect(await usage()).toEqual({ used: '0', held: '1', parallel: '1' });
  // It was made after all, by a router that admits where the limits cannot be asked.
  world.finish(left, 2 * usd);
  world.finish(kept, usd);
  await world.deliverAll();
  expect(await usage()).toEqual({ used: '3', held: '0', parallel: '0' });
  // A renewal that has overtaken nothing: the attempts are over.
  await world.first.renew([kept, left]);
  expect(await usage()).toEqual({ used: '3', held: '0', parallel: '0' });
});

test.each([
  {
    name: 'a limit is set',
    change: async () => world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'month' }]),
  },
  {
    name: 'its organisation gets another time zone',
    change: async () => world.tenants.put('organisation.acme', { suspended: false, timeZone: 'Asia/Tokyo' }),
  },
])('a hold is part of what limits it from its next renewal on, once, where $name', async ({ change }) => {
  await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'day' }]);
  const stream = world.hold('stream');
  await world.first.reserve(stream);
  await change();
  for (const replica of world.replicas) await replica.renew([stream]);
  expect(await usage()).toMatchObject({ used: '0', held: '1' });
  await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject({ code: 'budget_reserved' });
  world.finish(stream, usd / 2);
  await world.deliverAll();
  expect(await usage()).toMatchObject({ used: '0.5', held: '0' });
});

test('thresholds are told once a window, by whichever replica comes first', async () => {
  for (const [i, amount] of [4.9, 0.2, 3, 1.5, 0.4].entries()) {
    const event = world.finish(world.hold(`r${i}`), amount * usd);
    if (i === 0) await usage();
    await world.replicas[i % 2]?.deliver([event]);
  }
  await expect
    .poll(() => world.alerts.map(({ thresholdPercent }) => thresholdPercent))
    .toEqual([50, 80, 95, 100]);
  expect(world.alerts[0]).toEqual({
    ...{ scope: acme, organisation: 'acme', thresholdPercent: 50, limitNanoUsd: 10 * usd },
    limit: { unit: 'usd', limit: '10', window: 'day', model: '*', hard: true },
    usedNanoUsd: 5.1 * usd,
    windowStartMs: Date.UTC(2026, 5, 15),
    resetAtMs: Date.UTC(2026, 5, 16),
  });
  await world.replicas[0]?.deliver([world.finish(world.hold('again'), usd)]);
  expect(world.alerts).toHaveLength(4);
});

test('a refusal because nearly all is spent is told as the whole being spent; one of a large request is not', async () => {
  await usage();
  await world.first.deliver([world.finish(world.hold('a'), 9.6 * usd)]);
  await expect.poll(() => world.alerts).toHaveLength(3);
  for (const id of ['b', 'c'])
    await expect(world.first.reserve(world.hold(id))).rejects.toMatchObject({ code: 'insufficient_quota' });
  await expect
    .poll(() => world.alerts.map(({ thresholdPercent }) => thresholdPercent))
    .toEqual([50, 80, 95, 100]);
  await world.setLimits(acme, [{ unit: 'usd', limit: '100', window: 'day' }]);
  await expect(world.first.reserve(world.hold('large', { amountNanoUsd: 99 * usd }))).rejects.toMatchObject({
    code: 'insufficient_quota',
  });
  await world.first.settled();
  expect(world.alerts).toHaveLength(4);
});
