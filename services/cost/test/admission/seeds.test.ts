import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startMs, World } from './world.ts';

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
});
afterEach(() => world.close());

const usage = async () => {
  const limits = world.limits.get('organisation.acme')?.value;
  if (!limits) throw new Error('no limits');
  return (await world.first.currentUsage(limits)).map(({ used }) => used);
};

const limits = [
  { unit: 'usd', limit: '1000', window: 'day' },
  { unit: 'usd', limit: '1000', window: 'rolling', rolling_seconds: 3_600 },
  { unit: 'requests', limit: 1_000, window: 'total' },
];

test('events before, while and after the ledger is read are counted once each, in whatever order they come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('read before', 'delivered before', 'while', 'while, later', 'after'), {
        maxLength: 12,
      }),
      async (times) => {
        const one = await World.start(server.url, 2);
        await one.setLimits(acme, limits);
        const events = times.map((time, i) => ({ time, event: () => one.finish(one.hold(`e${i}`), usd) }));
        const at = (time: string) =>
          events.filter((event) => event.time === time).map(({ event }) => event());
        // In the stream when the ledger is read, and delivered before, in the middle of it, or afterwards.
        const known = at('read before');
        await one.first.deliver(at('delivered before'));
        const knownLater = at('while');
        let unread = [...known];
        one.ledger.onRead = async () => {
          one.ledger.onRead = async () => undefined;
          const late = at('while, later');
          await one.replicas[1]?.deliver([...knownLater, ...late.slice(0, 1)]);
          unread = [...unread, ...late.slice(1)];
        };
        const scopeLimits = one.limits.get('organisation.acme')?.value;
        if (!scopeLimits) throw new Error('no limits');
        await one.first.currentUsage(scopeLimits);
        await one.first.deliver([...unread, ...at('after')]);
        await one.replicas[1]?.deliver(one.ledger.events);
        const usages = await one.first.currentUsage(scopeLimits);
        const count = String(one.ledger.entries().length);
        expect(usages.map(({ used }) => used)).toEqual([count, count, count]);
        await one.close();
      },
    ),
    { numRuns: 25 },
  );
});

test('while the ledger is away, what has to be read from it is refused, and what is known is not', async () => {
  await world.setLimits(acme, limits);
  await world.first.reserve(world.hold('a'));
  world.ledger.isAway = true;
  await world.first.reserve(world.hold('b'));
  await world.setLimits(acme, [...limits, { unit: 'usd', limit: '5', window: 'month' }]);
  await expect(world.first.reserve(world.hold('c'))).rejects.toMatchObject({ code: 'service_unavailable' });
  world.finish(world.hold('a'), usd);
  await world.deliverAll();
  world.ledger.isAway = false;
  await world.first.reserve(world.hold('c'));
  expect(await usage()).toEqual(['1', '1', '1', '1']);
});

test('a day that nobody asked for in time begins at nothing all the same, also after days without a request', async () => {
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
  await world.first.reserve(world.hold('a'));
  world.finish(world.hold('a'), usd);
  await world.deliverAll();
  world.ledger.isAway = true;
  // Not quite the two days for which a counter that nobody uses is kept.
  world.clock.advance(2 * 86_400_000);
  await world.first.deliver([world.finish(world.hold('unheld'), 2 * usd)]);
  expect(await usage()).toEqual(['2']);
});

test('a limit that is set shortly before midnight is read from the ledger for both days', async () => {
  world.clock.advance(12 * 3_600_000 - 30_000);
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
  world.finish(world.hold('a'), usd);
  await usage();
  await world.advance(30_001);
  const reads = world.ledger.reads;
  expect(await usage()).toEqual(['0']);
  expect(world.ledger.reads).toBe(reads + 1);
});

test('in a rolling window usage leaves when its time is over, that from the ledger too', async () => {
  world.finish(world.hold('a'), usd);
  await world.deliverAll();
  await world.advance(1_800_000);
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'rolling', rolling_seconds: 3_600 }]);
  expect(await usage()).toEqual(['1']);
  world.finish(world.hold('b'), 2 * usd);
  await world.deliverAll();
  expect(await usage()).toEqual(['3']);
  await world.advance(1_799_999);
  expect(await usage()).toEqual(['3']);
  // A part of the window counts until all of it has left.
  await world.advance(300_001);
  expect(await usage()).toEqual(['2']);
  await world.advance(1_800_000);
  expect(await usage()).toEqual(['0']);
});

test.each([
  { name: 'within a day', meanwhileMs: 0, used: '9' },
  { name: 'across the beginning of a day', meanwhileMs: 86_400_000, used: '5' },
])(
  'a limit that is deleted and set again knows what was used in between: $name',
  async ({ meanwhileMs, used }) => {
    const limit = [{ unit: 'usd', limit: '10', window: 'day' }];
    await world.setLimits(acme, limit);
    await usage();
    await world.first.deliver([world.finish(world.hold('a'), 4 * usd)]);
    await world.setLimits(acme, []);
    await world.advance(meanwhileMs);
    await world.first.deliver([world.finish(world.hold('b'), 5 * usd)]);
    await world.setLimits(acme, limit);
    expect(await usage()).toEqual([used]);
    await expect(
      world.replicas[1]?.reserve(world.hold('c', { amountNanoUsd: 7 * usd })),
    ).rejects.toMatchObject({ code: 'insufficient_quota' });
  },
);

test('a limit of which the amount alone is changed keeps what was used, without the ledger', async () => {
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
  await usage();
  await world.first.deliver([world.finish(world.hold('a'), 4 * usd)]);
  world.ledger.isAway = true;
  await world.setLimits(acme, [{ unit: 'usd', limit: '5', window: 'day' }]);
  await world.replicas[1]?.deliver([world.finish(world.hold('b'), usd / 2)]);
  await world.first.reserve(world.hold('c', { amountNanoUsd: usd / 2 }));
  expect(await usage()).toEqual(['4.5']);
});

test.each([
  { name: 'a dead letter that is replayed', sequence: Infinity, timeMs: startMs },
  { name: 'an event that comes again after hours', sequence: 1, timeMs: startMs - 2 * 3_600_000 },
])('$name is counted once, whether or not the counter has it', async ({ sequence, timeMs }) => {
  await world.setLimits(acme, limits);
  const event = world.finish(world.hold('a'), usd);
  expect(await usage()).toEqual(['1', '1', '1']);
  await world.first.deliver([{ ...event, sequence, timeMs }]);
  expect(await usage()).toEqual(['1', '1', '1']);
  const hold = world.hold('b');
  await world.first.reserve(hold);
  await world.first.deliver([{ ...world.finish(hold, usd), timeMs }]);
  expect(await usage()).toEqual(['2', '2', '2']);
});

test('a counter that is wrong is read anew, with what is held, and what comes meanwhile', async () => {
  const [limit] = await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
  const scopeLimits = world.limits.get('organisation.acme')?.value;
  if (!limit || !scopeLimits) throw new Error('no limits');
  await world.first.reserve(world.hold('held'));
  await world.first.deliver([world.finish(world.hold('a'), usd)]);
  // It is in the ledger, and was never counted.
  world.finish(world.hold('lost'), 2 * usd);
  expect(await usage()).toEqual(['1']);
  const [own] = scopeLimits.limits;
  if (own) await world.first.reseed(scopeLimits, own);
  await world.first.deliver([world.finish(world.hold('b'), 3 * usd)]);
  expect(await world.first.currentUsage(scopeLimits)).toMatchObject([
    { used: '6', held: '1', remaining: '3' },
  ]);
});

test.each([
  {
    name: 'the counter was forgotten',
    forget: async () => {
      const scopeLimits = world.limits.get('organisation.acme')?.value;
      const [own] = scopeLimits?.limits ?? [];
      if (scopeLimits && own) await world.replicas[1]?.reseed(scopeLimits, own);
    },
  },
  {
    name: 'another epoch began',
    forget: async () => {
      await world.first.redis.run('lose', (client) => client.del('epoch'));
      await world.advance(10_000);
    },
  },
])('what the ledger was read for before $name begins no counter', async ({ forget }) => {
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
  const scopeLimits = world.limits.get('organisation.acme')?.value;
  if (!scopeLimits) throw new Error('no limits');
  const { ledger } = world;
  const gate = Promise.withResolvers<undefined>();
  let second: ReturnType<typeof world.first.currentUsage> | undefined;
  ledger.onRead = async () => {
    await forget();
    // Beyond what is being read, and counted nowhere: the counter has to be read again.
    await world.first.deliver([world.finish(world.hold('a'), usd)]);
    const isReading = new Promise<void>((resolve) => {
      ledger.onRead = async () => {
        resolve();
        await gate.promise;
      };
    });
    second = world.replicas[1]?.currentUsage(scopeLimits);
    await isReading;
  };
  await expect(world.first.currentUsage(scopeLimits)).rejects.toMatchObject({ code: 'service_unavailable' });
  gate.resolve(undefined);
  expect(await second).toMatchObject([{ used: '1' }]);
  expect(await usage()).toEqual(['1']);
});
