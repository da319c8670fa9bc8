import type { Hold } from '@weir/contracts/cost/admission';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { World } from './world.ts';

const usd = 1_000_000_000;
const acme = { kind: 'organisation', id: 'acme' } as const;
const unavailable = { code: 'service_unavailable' };

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await createTestRedis({ ownServer: true });
});
afterAll(() => server.close());
beforeEach(async () => {
  world = await World.start(server.url, 2);
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
});
afterEach(() => world.close());

const usage = async () => {
  const limits = world.limits.get('organisation.acme')?.value;
  if (!limits) throw new Error('no limits');
  const [money] = await world.first.currentUsage(limits);
  return { used: money?.used, held: money?.held };
};

const configure = (name: string, value: string) =>
  world.first.redis.run('config', (client) => client.config('SET', name, value));

const flush = () => world.first.redis.run('flush', (client) => client.flushall());

async function restart() {
  await server.server?.kill();
  await server.server?.restart();
  for (const replica of world.replicas)
    await eventually(async () => {
      expect(await replica.redis.missing()).toEqual([]);
    });
}

/** $3 are used, $1 was used and is not counted yet, and $2 are held by an attempt under way. */
async function busy() {
  await usage();
  const [used, uncounted, underWay] = [world.hold('used'), world.hold('uncounted'), world.hold('underWay')];
  for (const hold of [used, uncounted]) await world.first.reserve(hold);
  await world.first.reserve({ ...underWay, amountNanoUsd: 2 * usd });
  await world.first.deliver([world.finish(used, 3 * usd)]);
  return { late: world.finish(uncounted, usd), underWay: { ...underWay, amountNanoUsd: 2 * usd } };
}

const reopen = async () => {
  await expect(world.first.reserve(world.hold('early'))).rejects.toMatchObject(unavailable);
  await world.advance(5_999);
  await expect(world.first.reserve(world.hold('early'))).rejects.toMatchObject(unavailable);
  await world.advance(1);
};

describe.each([
  { name: 'loses all that it holds', lose: flush },
  {
    name: 'is killed, and comes back with what it had',
    lose: async () => {
      await configure('appendfsync', 'always');
      await restart();
    },
  },
  {
    name: 'is killed, and comes back with nothing',
    lose: async () => {
      await configure('appendonly', 'no');
      await configure('save', '');
      await flush();
      await restart();
    },
  },
])('a Redis that $name', ({ lose }) => {
  test('admits nothing until the attempts under way are known again, and then what the ledger says is left', async () => {
    const { late, underWay } = await busy();
    await lose();
    await expect(world.first.reserve(world.hold('early'))).rejects.toMatchObject(unavailable);
    await world.first.settled();
    await world.replicas[1]?.renew([underWay]);
    await world.replicas[1]?.deliver([late]);
    await reopen();
    await world.first.renew([underWay]);
    expect(await usage()).toEqual({ used: '4', held: '2' });
    await expect(
      world.first.reserve(world.hold('more', { amountNanoUsd: 4 * usd + 1 })),
    ).rejects.toMatchObject({ code: 'budget_reserved' });
    await world.replicas[1]?.reserve(world.hold('rest', { amountNanoUsd: 4 * usd }));
    await world.first.deliver([world.finish(underWay, usd), late]);
    expect(await usage()).toEqual({ used: '5', held: '4' });
  });

  test('charges nobody twice whose usage was counted before', async () => {
    const { late, underWay } = await busy();
    await world.first.deliver([late]);
    const finished = world.finish(underWay, usd);
    await world.first.deliver([finished]);
    await lose();
    await world.first.settled();
    // A renewal that was on its way for long, or a hold that Redis has lost the end of.
    await world.first.renew([underWay]);
    await reopen();
    await world.advance(31_000);
    await world.advance(1_000);
    await world.deliverAll();
    expect(world.ledger.entries().some(({ data }) => 'kind' in data)).toBe(false);
    expect(await usage()).toEqual({ used: '5', held: '0' });
  });
});

test('a Redis that comes back with an older state is not believed', async () => {
  await usage();
  const first = world.hold('a');
  await world.first.reserve(first);
  // What the snapshot has: the hold. What it has not: that it was settled, and another.
  await configure('appendonly', 'no');
  await world.first.redis.run('save', (client) => client.save());
  const [counted, second] = [world.finish(first, 6 * usd), world.hold('b', { amountNanoUsd: 3 * usd })];
  await world.first.deliver([counted]);
  await world.first.reserve(second);
  await restart();
  await world.first.settled();
  await world.first.renew([second]);
  // The hold that came back is settled, as the ledger knows.
  expect(await usage()).toEqual({ used: '6', held: '3' });
  await reopen();
  await world.first.renew([second]);
  expect(await usage()).toEqual({ used: '6', held: '3' });
  await world.advance(31_000);
  await world.first.renew([second]);
  expect(await usage()).toEqual({ used: '6', held: '3' });
});

describe('a hold that Redis has again after its attempt was settled', () => {
  /** That an epoch has gone is noticed within ten seconds; one replica carries over what is held, and the other may have had its turn. */
  const carriedOver = async () => {
    await world.advance(10_000);
    await eventually(async () => {
      await world.advance(1_000);
      const [epoch, carried] = await world.first.redis.run('look', (client) =>
        client.mget('epoch', 'carried'),
      );
      expect(JSON.parse(epoch ?? '{}')).toMatchObject({ id: carried });
    });
  };

  async function heldAgain(settled: (hold: Hold) => Promise<void>) {
    await usage();
    const hold = world.hold('a', { amountNanoUsd: 4 * usd });
    await world.first.reserve(hold);
    await world.copyRedis();
    await settled(hold);
    await world.redisFallsBack();
    return hold;
  }

  const settle = async (hold: Hold) => world.first.deliver([world.finish(hold, 3 * usd)]);

  test('is held no more, and an event that comes again is not counted again', async () => {
    const hold = await heldAgain(settle);
    await carriedOver();
    expect(await usage()).toEqual({ used: '3', held: '0' });
    await world.first.deliver(world.ledger.events);
    // A renewal that was long on its way, of a router that does not know yet.
    await world.first.renew([hold]);
    expect(await usage()).toEqual({ used: '3', held: '0' });
    await world.advance(6_000);
    await world.first.reserve(world.hold('rest', { amountNanoUsd: 7 * usd }));
  });

  test('is freed when its event comes, where that is delivered only now', async () => {
    await heldAgain(async (hold) => void world.finish(hold, 3 * usd));
    await carriedOver();
    expect(await usage()).toEqual({ used: '3', held: '0' });
    await world.deliverAll();
    await world.advance(6_000);
    expect(await usage()).toEqual({ used: '3', held: '0' });
  });

  test('is kept, where a counter was read from the ledger before it had the usage, until the event comes', async () => {
    const hold = await heldAgain(async () => undefined);
    // Another replica is to carry it over, and takes its time.
    await world.first.redis.run('take turn', (client) => client.set('sweeper', 1));
    await world.advance(10_000);
    expect(await usage()).toEqual({ used: '0', held: '0' });
    const late = world.finish(hold, 3 * usd);
    await world.first.redis.run('end turn', (client) => client.del('sweeper'));
    await carriedOver();
    expect(await usage()).toEqual({ used: '0', held: '4' });
    await expect(world.first.reserve(world.hold('more', { amountNanoUsd: 7 * usd }))).rejects.toMatchObject({
      code: 'budget_reserved',
    });
    // Also when it has expired: whatever is entered is on its way.
    await world.advance(31_000);
    await world.advance(61_000);
    expect(await usage()).toEqual({ used: '0', held: '4' });
    await world.replicas[1]?.deliver([late]);
    expect(await usage()).toEqual({ used: '3', held: '0' });
    await world.first.reserve(world.hold('more', { amountNanoUsd: 7 * usd }));
    expect(world.ledger.events).toHaveLength(1);
  });

  test('is held until it expires, where the ledger is away, and charged nobody', async () => {
    await heldAgain(settle);
    world.ledger.isAway = true;
    await carriedOver();
    await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject(unavailable);
    world.ledger.isAway = false;
    expect(await usage()).toEqual({ used: '3', held: '4' });
    world.ledger.isAway = true;
    await world.advance(31_000);
    world.ledger.isAway = false;
    await world.advance(1_000);
    expect(await usage()).toEqual({ used: '3', held: '0' });
    expect(world.ledger.events).toHaveLength(1);
  });

  test('is held no more, where what had settled it was its charge', async () => {
    await heldAgain(async () => {
      await world.advance(31_000);
      await world.copyRedis();
      await world.deliverAll();
    });
    await carriedOver();
    expect(await usage()).toEqual({ used: '4', held: '0' });
    await world.advance(61_000);
    await world.deliverAll();
    expect(await usage()).toEqual({ used: '4', held: '0' });
  });

  test('is held until its charge is counted, however far the usage of others is', async () => {
    await heldAgain(async () => undefined);
    await carriedOver();
    expect(await usage()).toEqual({ used: '0', held: '4' });
    await world.advance(31_000);
    const [charge] = world.ledger.events;
    await world.first.deliver([world.finish(world.hold('b'), usd)]);
    await world.advance(61_000);
    expect(await usage()).toEqual({ used: '1', held: '4' });
    await world.first.deliver(charge ? [charge] : []);
    expect(await usage()).toEqual({ used: '5', held: '0' });
  });

  test('is held, where it was charged and the charge has not come back', async () => {
    await heldAgain(async () => {
      await world.advance(31_000);
      // Out of the outbox, and lost.
      world.ledger.events.splice(0);
      await world.copyRedis();
    });
    await carriedOver();
    expect(await usage()).toEqual({ used: '0', held: '4' });
    await world.advance(31_000);
    await world.deliverAll();
    expect(await usage()).toEqual({ used: '4', held: '0' });
  });
});

test('a connection that breaks costs nothing but that moment', async () => {
  const hold = world.hold('a');
  await world.first.reserve(hold);
  await world.first.redis
    .run('kill', (client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'))
    .catch(() => undefined);
  await eventually(async () => {
    expect(await world.first.redis.missing()).toEqual([]);
    await world.first.settled();
    await world.first.reserve(world.hold('b'));
  });
  expect(await usage()).toEqual({ used: '0', held: '2' });
});

test('a stream of events that was made anew means that its sequences say nothing of the counters', async () => {
  const { late } = await busy();
  await world.first.deliver([late]);
  world.ledger.streamCreatedAt = '2026-06-15T12:00:01Z';
  await world.advance(10_000);
  await world.first.settled();
  await expect(world.first.reserve(world.hold('early'))).rejects.toMatchObject(unavailable);
  await world.advance(6_000);
  expect((await usage()).used).toBe('4');
});

test('an epoch does not open before what was held is a part of it, however long that takes', async () => {
  const held = Array.from({ length: 9 }, (_, i) => world.hold(`h${i}`));
  for (const hold of held) await world.first.reserve(hold);
  // Another replica is at it, and slow.
  await world.first.redis.run('take turn', (client) => client.set('sweeper', 1));
  world.ledger.streamCreatedAt = '2026-06-15T12:00:01Z';
  await world.advance(10_000);
  await world.advance(7_000);
  await expect(world.first.reserve(world.hold('early'))).rejects.toMatchObject(unavailable);
  await world.first.redis.run('end turn', (client) => client.del('sweeper'));
  // One replica does it, and the others hear of it with one of their next rounds.
  await eventually(async () => {
    await world.advance(1_000);
    await world.first.reserve(world.hold('a'));
  });
  expect(await usage()).toEqual({ used: '0', held: '10' });
});

test('the very first start admits at once: nothing can have been lost', async () => {
  await flush();
  const fresh = await World.start(server.url);
  await fresh.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'day' }]);
  expect(await fresh.first.reserve(fresh.hold('a'))).toMatchObject({ limits: [{ remaining: '0' }] });
  await fresh.close();
});
