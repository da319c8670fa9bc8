import { connect } from '@nats-io/transport-node';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import type { StoreEntry, Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keptSizes } from '@weir/testkit/conformance/buckets';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { eventually } from '@weir/testkit/eventually';
import { MemoryStore } from '@weir/testkit/memory-store';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

type Sizes = Store<typeof keptSizes>;

/** A bucket as two replicas have it. */
interface Shared {
  one: Sizes;
  other: Sizes;
  /** Writes what our own stores never would. */
  putRaw: (key: string, json: string) => Promise<void>;
}

let server: NatsTestServer;
let buses: ServiceBus[];
beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
  const join = () => connectTestBus({ url: server.urlFor('router'), service: 'router' });
  buses = await Promise.all([join(), join()]);
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await server.close();
});

async function onJetStream(): Promise<Shared> {
  const [one, other] = await Promise.all(buses.map((bus) => bus.store(keptSizes)));
  if (!one || !other) throw new Error('there are two buses');
  return {
    one,
    other,
    putRaw: async (key, json) => {
      const { username, password, host } = new URL(server.urlFor('router'));
      const connection = await connect({ servers: host, user: username, pass: password });
      connection.publish(`$KV.${keptSizes.name}.${key}`, json);
      await connection.drain();
    },
  };
}

async function inMemory(): Promise<Shared> {
  const store = new MemoryStore(keptSizes);
  return {
    one: store,
    other: store,
    putRaw: async (key, json) => {
      store.putRaw(key, json);
    },
  };
}

let tests = 0;

describe.each([
  ['on JetStream', onJetStream],
  ['in memory', inMemory],
] as const)('a store %s', (_where, share) => {
  let shared: Shared;
  let prefix: string;
  beforeAll(async () => {
    shared = await share();
  });
  beforeEach(() => {
    // All tests have the one bucket.
    prefix = `test${tests++}.`;
  });
  const key = (name: string) => prefix + name;
  const ownEntries = (store: Sizes) => [...store.entries()].filter((entry) => entry.key.startsWith(prefix));

  test('has what was written as soon as the write is done', async () => {
    const { one } = shared;
    const first = await one.put(key('a'), { size: 1 });
    expect(one.get(key('a'))).toEqual({ key: key('a'), value: { size: 1 }, revision: first });
    const second = await one.put(key('a'), { size: 2 });
    expect(second).toBeGreaterThan(first);
    expect(one.get(key('a'))).toEqual({ key: key('a'), value: { size: 2 }, revision: second });
    expect(one.get(key('b'))).toBeUndefined();
    expect(one.isCurrent).toBe(true);
  });

  test('has soon what another replica has written or deleted', async () => {
    const { one, other } = shared;
    await one.put(key('a'), { size: 1 });
    await eventually(() => {
      expect(other.get(key('a'))?.value).toEqual({ size: 1 });
    }, 1_000);
    await one.delete(key('a'));
    expect(one.get(key('a'))).toBeUndefined();
    await eventually(() => {
      expect(other.get(key('a'))).toBeUndefined();
    }, 1_000);
  });

  test('lists its entries in the order of their keys', async () => {
    const { one } = shared;
    for (const name of ['b', 'a.b', 'c', 'a']) await one.put(key(name), { size: 1 });
    await one.delete(key('c'));
    expect(ownEntries(one).map((entry) => entry.key)).toEqual([key('a'), key('a.b'), key('b')]);
  });

  test('tells a listener what is there, and then every change', async () => {
    const { one } = shared;
    const told: [string, StoreEntry<{ size: number }> | undefined][] = [];
    await one.put(key('a'), { size: 1 });
    one.watch((changed, entry) => {
      if (changed.startsWith(prefix) && !entry?.fault) told.push([changed.slice(prefix.length), entry]);
    });
    await one.put(key('b'), { size: 2 });
    await one.put(key('a'), { size: 3 });
    await one.delete(key('b'));
    await one.delete(key('never'));
    expect(told.map(([name, entry]) => [name, entry?.value.size])).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['b', undefined],
    ]);
  });

  test('a listener that throws keeps the change from nobody', async () => {
    const { one } = shared;
    const told: string[] = [];
    one.watch(() => {
      throw new Error('a broken listener');
    });
    one.watch((changed) => told.push(changed));
    await one.put(key('a'), { size: 1 });
    expect(told).toContain(key('a'));
    expect(one.get(key('a'))?.value).toEqual({ size: 1 });
  });

  test('a write that expects another revision than the newest changes nothing', async () => {
    const { one, other } = shared;
    const first = await one.put(key('a'), { size: 1 });
    const second = await other.put(key('a'), { size: 2 }, { expectedRevision: first });
    const conflict = { code: 'revision_conflict' };
    await expect(one.put(key('a'), { size: 3 }, { expectedRevision: first })).rejects.toMatchObject(conflict);
    await expect(one.delete(key('a'), { expectedRevision: first })).rejects.toMatchObject(conflict);
    await expect(one.put(key('a'), { size: 3 }, { expectedRevision: 0 })).rejects.toMatchObject(conflict);
    await expect(one.delete(key('a'), { expectedRevision: 0 })).rejects.toMatchObject(conflict);
    await expect(one.put(key('b'), { size: 3 }, { expectedRevision: first })).rejects.toMatchObject(conflict);
    await eventually(() => {
      expect(one.get(key('a'))).toMatchObject({ value: { size: 2 }, revision: second });
    });
    await one.delete(key('a'), { expectedRevision: second });
    expect(one.get(key('a'))).toBeUndefined();
  });

  test('a write that expects any revision needs one that is there', async () => {
    const { one, other } = shared;
    const conflict = { code: 'revision_conflict' };
    const any = { expectedRevision: 'any' } as const;
    await expect(one.put(key('a'), { size: 1 }, any)).rejects.toMatchObject(conflict);
    await expect(one.delete(key('a'), any)).rejects.toMatchObject(conflict);
    await one.put(key('a'), { size: 1 });
    const revision = await other.put(key('a'), { size: 2 }, any);
    await eventually(() => {
      expect(one.get(key('a'))).toEqual({ key: key('a'), value: { size: 2 }, revision });
    });
    await one.delete(key('a'), any);
    await expect(one.put(key('a'), { size: 3 }, any)).rejects.toMatchObject(conflict);
  });

  test('of many who write at the same revision one succeeds', async () => {
    const { one, other } = shared;
    const writes = Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? one : other).put(key('a'), { size: index }, { expectedRevision: 0 }),
    );
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    expect(reasons).toEqual(
      reasons.map(() => expect.objectContaining({ code: 'revision_conflict' }) as unknown),
    );
  });

  test('a key that was deleted can be new again', async () => {
    const { one } = shared;
    await one.put(key('a'), { size: 1 }, { expectedRevision: 0 });
    await one.delete(key('a'));
    await one.delete(key('a'), { expectedRevision: 0 });
    const revision = await one.put(key('a'), { size: 2 }, { expectedRevision: 0 });
    expect(one.get(key('a'))).toEqual({ key: key('a'), value: { size: 2 }, revision });
  });

  test('a write that expects a key that was never written refuses one that was deleted, also without having been there', async () => {
    const { one, other } = shared;
    const conflict = { code: 'revision_conflict' };
    const unwritten = { expectedRevision: 'unwritten' } as const;
    await one.put(key('a'), { size: 1 }, unwritten);
    await one.delete(key('a'));
    // Its deletion leaves a state behind, although there was nothing.
    await one.delete(key('b'), unwritten);
    for (const name of [key('a'), key('b')]) {
      await expect(other.put(name, { size: 2 }, unwritten)).rejects.toMatchObject(conflict);
      await expect(other.delete(name, unwritten)).rejects.toMatchObject(conflict);
      const [newest] = await other.history(name);
      expect(newest?.deleted).toBe(true);
      await other.put(name, { size: 3 }, { expectedRevision: newest?.revision ?? 0 });
      expect(other.get(name)?.value).toEqual({ size: 3 });
    }
  });

  test('keeps as many states of a key as its bucket says, newest first', async () => {
    const { one, putRaw } = shared;
    expect(await one.history(key('a'))).toEqual([]);
    const fromMs = Date.now() - 1_000;
    await one.put(key('a'), { size: 1 });
    const second = await one.put(key('a'), { size: 2 });
    await putRaw(key('a'), '{"size":"large"}');
    await eventually(() => {
      expect(one.unreadable.has(key('a'))).toBe(true);
    });
    await one.delete(key('a'));
    const history = await one.history(key('a'));
    expect(history).toEqual([
      expect.objectContaining({ key: key('a'), value: undefined, deleted: true }),
      expect.objectContaining({ key: key('a'), value: undefined, deleted: false }),
      expect.objectContaining({ key: key('a'), value: { size: 2 }, revision: second, deleted: false }),
    ]);
    for (const { atMs } of history) expect(atMs).toBeGreaterThan(fromMs);
  });

  test('a value that cannot be read is no absence: whoever asks for it is refused, with its name', async () => {
    const { one, putRaw } = shared;
    const told: unknown[] = [];
    const revision = await one.put(key('a'), { size: 1 });
    await one.put(key('c'), { size: 3 });
    one.watch((changed, entry) => {
      if (changed === key('a')) told.push(entry?.fault ? entry.reason : entry?.value);
    });
    await putRaw(key('b'), 'no json');
    await putRaw(key('a'), '{"size":"large"}');
    await eventually(() => {
      expect(told).toEqual([{ size: 1 }, 'size: must be a number']);
    });
    for (const name of ['a', 'b']) {
      const message = expect.stringContaining(`"${key(name)}" in ${keptSizes.name}`) as string;
      expect(() => one.get(key(name))).toThrow(
        expect.objectContaining({ code: 'stored_entry_unreadable', message }) as Error,
      );
    }
    expect(one.unreadable.get(key('b'))).toMatchObject({ reason: 'it is no JSON', isNewer: false });
    expect(ownEntries(one).map((entry) => entry.key)).toEqual([key('c')]);
    const toldLater: string[] = [];
    one.watch((changed, entry) => entry?.fault && toldLater.push(changed));
    expect(toldLater).toEqual(expect.arrayContaining([key('a'), key('b')]));

    const conflict = one.put(key('a'), { size: 2 }, { expectedRevision: revision });
    await expect(conflict).rejects.toMatchObject({ code: 'revision_conflict' });
    await one.put(key('a'), { size: 2 });
    expect(one.get(key('a'))?.value).toEqual({ size: 2 });
    await one.delete(key('b'));
    expect(one.get(key('b'))).toBeUndefined();
    expect([...one.unreadable.keys()].filter((each) => each.startsWith(prefix))).toEqual([]);
  });

  test('a value that is larger than what anybody may put into a message is not parsed', async () => {
    const { one, putRaw } = shared;
    await putRaw(key('a'), `{"size":1,"more":${'['.repeat(1_000)}${']'.repeat(1_000)}}`);
    await eventually(() => {
      expect(one.unreadable.get(key('a'))?.reason).toContain('nested more than');
    });
    await one.delete(key('a'));
  });

  test.each(['', '.a', 'a.', 'a..b', 'a b', 'a:b', 'a.*', '>'])('refuses the key "%s"', async (badKey) => {
    const { one } = shared;
    const refused = { code: 'invalid_request' };
    await expect(one.put(badKey, { size: 1 })).rejects.toMatchObject(refused);
    await expect(one.delete(badKey)).rejects.toMatchObject(refused);
    await expect(one.history(badKey)).rejects.toMatchObject(refused);
    expect(one.get(badKey)).toBeUndefined();
  });
});

test('every replica tells those who look for it how far it follows its buckets', async () => {
  const { one } = await onJetStream();
  for (const bus of buses) bus.announce();
  const revision = await one.put('told', { size: 1 });
  await eventually(async () => {
    const found = await buses[0]?.instances('router', 200);
    expect(found?.map(({ buckets }) => buckets)).toEqual([
      { [keptSizes.name]: revision },
      { [keptSizes.name]: revision },
    ]);
  });
});

test('every replica tells those who look for it what it cannot read or use of its buckets', async () => {
  const { one, putRaw } = await onJetStream();
  await one.put('told', { size: 1 });
  one.watch((changed) =>
    changed === 'told' ? new Fault('invalid_config', { message: 'no use' }) : undefined,
  );
  await putRaw('garbage', '{');
  const garbage = { key: 'garbage', reason: 'it is no JSON' };
  await eventually(async () => {
    const found = await buses[0]?.instances('router', 200);
    const named = found?.map(({ unreadable }) => unreadable[keptSizes.name]?.named ?? []);
    expect(named?.filter((told) => told.some(({ key }) => key === garbage.key))).toHaveLength(2);
    expect(named?.flat()).toEqual(expect.arrayContaining([garbage, { key: 'told', reason: 'no use' }]));
  });
});
