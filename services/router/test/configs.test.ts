import { routingConfigs } from '@weir/contracts/routing/buckets';
import type { Bus } from '@weir/service-kit/bus/bus';
import { eventually } from '@weir/testkit/eventually';
import { type NatsTestServer, startNats } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConfigAdmin, createConfigAdmin } from './config-admin.ts';

let nats: NatsTestServer;
const buses: Bus[] = [];
let one: ConfigAdmin;
let other: ConfigAdmin;

beforeAll(async () => {
  nats = await startNats({ config: 'weir' });
  one = await startReplica();
  other = await startReplica();
});

afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await nats.close();
});

async function startReplica(): Promise<ConfigAdmin> {
  const bus = await connectTestBus({ url: nats.urlFor('router'), service: 'router' });
  buses.push(bus);
  return createConfigAdmin({ store: await bus.store(routingConfigs) });
}

const openai = { provider: 'openai' };
const keyed = { provider: 'openai', api_key: 'sk-of-the-config-1234' };

test('a change through one replica is live in the other in under a second', async () => {
  await one.write('live', openai);
  await eventually(() => {
    expect(other.configs.resolve('live', 'default').compiled.root).toMatchObject({
      provider: { name: 'openai' },
    });
  }, 1_000);
  await other.write('live', { provider: 'anthropic' });
  await eventually(() => {
    expect(one.configs.resolve('live', 'default').compiled.root).toMatchObject({
      provider: { name: 'anthropic' },
    });
  }, 1_000);
  await one.delete({ name: 'live' });
  await eventually(() => {
    expect(() => other.configs.resolve('live', 'default')).toThrow('There is no routing config "live".');
  }, 1_000);
});

test('a write that rests on a stale revision is refused, through whichever replica it comes', async () => {
  const first = await one.write('shared', openai, 'none');
  const second = await other.write('shared', { ...openai, request_timeout: 1_000 }, first.revision);
  for (const replica of [one, other]) {
    for (const expected of [first.revision, 'none'] as const) {
      await expect(replica.write('shared', openai, expected)).rejects.toMatchObject({
        code: 'revision_conflict',
      });
    }
    await eventually(async () => {
      expect((await replica.read({ name: 'shared' })).revision).toBe(second.revision);
    });
  }
});

test('of many who write at once, on the same state, one succeeds', async () => {
  const { revision } = await one.write('contested', openai);
  const writes = Array.from({ length: 20 }, (_, index) =>
    (index % 2 ? one : other).write('contested', { ...openai, request_timeout: index + 1 }, revision),
  );
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a deleted config is brought back through another replica, with its key', async () => {
  const { revision } = await one.write('back', keyed);
  await one.delete({ name: 'back' });
  await other.rollBack({ name: 'back', revision });
  expect(other.configs.resolve('back', 'default').compiled.root).toMatchObject({
    provider: { credentials: [{ secret: keyed.api_key }] },
  });
  const { data } = await one.listRevisions({ name: 'back' });
  expect(data.map(({ config }) => config)).toEqual([
    { ...keyed, api_key: '****1234' },
    null,
    { ...keyed, api_key: '****1234' },
  ]);
});

test('configs outlive a crash of the server, stay the same objects, and can be changed after it', async () => {
  await one.write('durable', keyed);
  const before = one.configs.resolve('durable', 'default');
  await nats.kill();
  expect(one.configs.resolve('durable', 'default')).toBe(before);
  await nats.restart();
  const late = await startReplica();
  expect(late.configs.resolve('durable', 'default').compiled.root).toMatchObject({
    provider: { credentials: [{ secret: keyed.api_key }] },
  });
  await late.write('later', openai);
  await eventually(() => {
    for (const { configs } of [one, other]) expect(configs.resolve('later', 'default').name).toBe('later');
  });
  expect(one.configs.resolve('durable', 'default')).toBe(before);
  expect(one.configs.size).toBe(late.configs.size);
});
