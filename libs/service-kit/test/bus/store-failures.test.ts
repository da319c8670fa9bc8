import { connect, headers } from '@nats-io/transport-node';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keptSizes, passingSizes } from '@weir/testkit/conformance/buckets';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

let server: NatsTestServer;
let buses: Bus[];

async function start(config: 'open' | 'weir'): Promise<void> {
  server = await startNats({ config, services: conformanceServices });
  buses = [];
}
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await server.close();
});

async function join(): Promise<Bus> {
  const bus = await connectTestBus({ url: server.urlFor('router'), service: 'router' });
  buses.push(bus);
  return bus;
}

const sizesIn = (store: Store<typeof keptSizes>) =>
  Object.fromEntries([...store.entries()].map(({ key, value }) => [key, value.size]));

const current = (...stores: Store<typeof keptSizes>[]) =>
  eventually(() => {
    expect(stores.map(({ isCurrent }) => isCurrent)).toEqual(stores.map(() => true));
  }, 15_000);

describe('when its server is killed', () => {
  beforeEach(() => start('weir'));

  test('a store says that it may be behind, keeps its copy, and misses nothing once the server is back', async () => {
    const [one, other] = await Promise.all([join(), join()].map(async (bus) => (await bus).store(keptSizes)));
    if (!one || !other) throw new Error('there are two stores');
    await one.put('a', { size: 1 });
    await one.put('b', { size: 1 });
    const told: string[] = [];
    other.watch((key) => told.push(key));

    await server.kill();
    await eventually(() => {
      expect(other.isCurrent).toBe(false);
    });
    expect(other.get('a')?.value).toEqual({ size: 1 });
    const disconnected = { code: 'bus_disconnected' };
    await expect(other.put('a', { size: 2 })).rejects.toMatchObject(disconnected);
    await expect(other.delete('a')).rejects.toMatchObject(disconnected);
    await expect(other.history('a')).rejects.toMatchObject(disconnected);

    await server.restart();
    await current(one, other);
    expect(sizesIn(other)).toEqual({ a: 1, b: 1 });
    await one.put('a', { size: 2 });
    await one.delete('b');
    await eventually(() => {
      expect(sizesIn(other)).toEqual({ a: 2 });
    });
    // What has not changed is told to nobody again.
    expect(told).toEqual(['a', 'b', 'a', 'b']);
  });

  test('a bucket in memory is made anew, what was in it is gone, and the store goes on', async () => {
    const [one, other] = await Promise.all(
      [join(), join()].map(async (bus) => (await bus).store(passingSizes)),
    );
    if (!one || !other) throw new Error('there are two stores');
    for (let size = 1; size < 10; size++) await one.put('a', { size });
    const told: (number | undefined)[] = [];
    await eventually(() => {
      expect(other.get('a')?.value.size).toBe(9);
    });
    other.watch((_key, entry) => told.push(entry?.fault ? NaN : entry?.value.size));

    await server.restart();
    await eventually(() => {
      expect(told).toEqual([9, undefined]);
    });
    await current(one, other);
    expect([...other.entries()]).toEqual([]);
    // Its revisions begin anew, and are no older than those before for that.
    expect(await one.put('a', { size: 10 }, { expectedRevision: 0 })).toBe(1);
    await eventually(() => {
      expect(told).toEqual([9, undefined, 10]);
    });
  });

  test('a store that is asked for meanwhile comes when the server does, or ends with its bus', async () => {
    const [asking, leaving] = await Promise.all([join(), join()]);
    await server.kill();
    await eventually(() => {
      expect([asking.connected, leaving.connected]).toEqual([false, false]);
    });
    const [store, abandoned] = [asking.store(keptSizes), leaving.store(keptSizes)];
    const ended = expect(abandoned).rejects.toMatchObject({ code: 'bus_disconnected' });
    await leaving.drain();
    buses.splice(buses.indexOf(leaving), 1);
    await ended;
    await server.restart();
    await (await store).put('a', { size: 1 });
  });
});

test('replicas that start at the same time have the same bucket', async () => {
  await start('weir');
  const joined = await Promise.all(Array.from({ length: 6 }, join));
  const stores = await Promise.all(joined.map((bus) => bus.store(keptSizes)));
  await stores[0]?.put('a', { size: 1 });
  await eventually(() => {
    expect(stores.map((store) => store.get('a')?.revision)).toEqual(stores.map(() => 1));
  });
});

test('a bucket that is there keeps its settings, and all that is in it', async () => {
  await start('weir');
  const bus = await join();
  const store = await bus.store(keptSizes);
  for (let size = 0; size < 5; size++) await store.put('a', { size });
  const sameName = await bus.store({ ...keptSizes, history: 64, storage: 'memory' });
  expect(sameName.get('a')?.value).toEqual({ size: 4 });
  await store.put('a', { size: 5 });
  expect(await sameName.history('a')).toHaveLength(keptSizes.history);
});

test('a bucket that somebody deletes is made anew, and the store goes on', async () => {
  await start('open');
  const store = await (await join()).store(keptSizes);
  await store.put('a', { size: 1 });
  const connection = await connect({ servers: server.url });
  await connection.request(`$JS.API.STREAM.DELETE.KV_${keptSizes.name}`);
  await connection.close();
  await eventually(() => {
    expect(store.get('a')).toBeUndefined();
  }, 15_000);
  await current(store);
  await store.put('a', { size: 2 });
});

test('no message empties a bucket, though whoever may write to it sends it', async () => {
  await start('weir');
  const store = await (await join()).store(keptSizes);
  for (const key of ['a', 'b', 'b']) await store.put(key, { size: 1 });
  const { username, password, host } = new URL(server.urlFor('router'));
  const connection = await connect({
    servers: host,
    user: username,
    pass: password,
    inboxPrefix: '_INBOX_router',
  });
  for (const what of ['all', 'sub']) {
    const rollup = headers();
    rollup.set('Nats-Rollup', what);
    const answer = await connection.request(`$KV.${keptSizes.name}.b`, '{"size":2}', {
      headers: rollup,
      timeout: 2_000,
    });
    const refusal = { description: expect.stringContaining('rollup') as unknown };
    expect(answer.json()).toMatchObject({ error: refusal });
  }
  await connection.close();
  expect(sizesIn(store)).toEqual({ a: 1, b: 1 });
  expect(await store.history('b')).toHaveLength(2);
});

test('a bucket takes no more than it may hold, and what is in it stays', async () => {
  await start('weir');
  const store = await (await join()).store({ ...passingSizes, maxBytes: 2_000 });
  const fill = async () => {
    for (let size = 0; size < 100; size++) await store.put(`a${size}`, { size });
  };
  await expect(fill()).rejects.toMatchObject({ code: 'jetstream_quota_exceeded' });
  expect(store.get('a0')?.value).toEqual({ size: 0 });
  expect(store.isCurrent).toBe(true);
});

test('a write that is done is no failure, though the copy does not hear of it for long', async () => {
  await start('open');
  const store = await (await join()).store(keptSizes);
  await deleteConsumers();
  const revision = await store.put('a', { size: 1 });
  expect(await store.history('a')).toMatchObject([{ revision, value: { size: 1 } }]);
  await eventually(() => {
    expect(store.get('a')?.value).toEqual({ size: 1 });
  }, 15_000);
});

/** Stores hear of nothing from now on, and notice it after some seconds. */
async function deleteConsumers(): Promise<void> {
  const connection = await connect({ servers: server.url });
  const stream = `KV_${keptSizes.name}`;
  const answer = await connection.request(`$JS.API.CONSUMER.NAMES.${stream}`);
  const { consumers } = z.object({ consumers: z.array(z.string()) }).parse(answer.json());
  for (const name of consumers) await connection.request(`$JS.API.CONSUMER.DELETE.${stream}.${name}`);
  await connection.close();
}

test('what has outlived its bucket is gone for whoever listens, too', async () => {
  await start('open');
  const store = await (await join()).store({ ...passingSizes, maxAgeMs: 500 });
  const told: (number | undefined)[] = [];
  store.watch((_key, entry) => told.push(entry?.fault ? NaN : entry?.value.size));
  await store.put('a', { size: 1 });
  await eventually(() => {
    expect(told).toEqual([1, undefined]);
  });
  expect(await store.history('a')).toEqual([]);
  await store.put('a', { size: 2 }, { expectedRevision: 0 });
});
