import type { RedisConnection } from '@weir/service-kit/redis/redis';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { vectorIdOf } from '../src/entries/entry-store.ts';
import { completionOf, entriesOn, idOf, newEntry, nowMs, openTestRedis } from './entry-harness.ts';

let server: TestRedis;
let redis: RedisConnection;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  redis = await openTestRedis(server.url);
});
afterEach(() => redis.close());

const lookUp = { nowMs, leaseMs: 0 };
const incompressible = (length: number) =>
  Array.from({ length: length / 4 }, () => Math.random().toString(36).slice(2, 6)).join('');

test.each(['short', 'long '.repeat(2_000), `${'ma má mạ 🙂 '.repeat(9_000)}${incompressible(40_000)}`])(
  'an entry says what it was given, whatever its length',
  async (text) => {
    const { entries } = entriesOn(redis);
    expect(await entries.put(newEntry('a'), completionOf(text), { nowMs })).toBe('stored');
    const { entry } = await entries.lookUp({ ...lookUp, id: idOf('a') });
    expect(entry?.completion).toBe(completionOf(text));
    expect(entry?.meta).toMatchObject(newEntry('a'));
    expect(await entries.get(idOf('a'))).toMatchObject({
      completion: completionOf(text),
      hits: 0,
      evidence: [],
    });
  },
);

test('the first who finds nothing has the lease, until it is given back or the answer is kept', async () => {
  const { entries } = entriesOn(redis);
  const ask = () => entries.lookUp({ id: idOf('a'), nowMs, leaseMs: 5_000 });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([
    { isLeader: true },
    { isLeader: false },
    { isLeader: false },
  ]);
  await entries.giveBackLease(idOf('a'));
  expect(await ask()).toEqual({ isLeader: true });
  await entries.put(newEntry('a'), completionOf('x'), { nowMs, isLeader: true });
  await entries.delete([idOf('a')]);
  expect(await ask()).toEqual({ isLeader: true });
});

test('what is over is not found; what is stale is, and one asker fetches anew', async () => {
  const { entries } = entriesOn(redis);
  await entries.put(newEntry('a', { staleUntilMs: nowMs + 90_000 }), completionOf('x'), { nowMs });
  const at = (passedMs: number, staleMs = 0) =>
    entries.lookUp({ id: idOf('a'), nowMs: nowMs + passedMs, staleMs, leaseMs: 0 });
  expect((await at(59_999)).entry).toBeDefined();
  expect((await at(60_000)).entry).toBeUndefined();
  expect(await at(60_000, 10_000)).toMatchObject({ isLeader: true, entry: { meta: { id: idOf('a') } } });
  expect(await at(60_001, 10_000)).toMatchObject({ isLeader: false, entry: { meta: { id: idOf('a') } } });
  expect((await at(70_000, 10_000)).entry).toBeUndefined();
  expect((await at(90_000, 100_000)).entry).toBeUndefined();
});

test('what is older than is wanted is not found', async () => {
  const { entries } = entriesOn(redis);
  await entries.put(newEntry('a'), completionOf('x'), { nowMs });
  expect((await entries.lookUp({ ...lookUp, id: idOf('a'), notBeforeMs: nowMs })).entry).toBeDefined();
  expect((await entries.lookUp({ ...lookUp, id: idOf('a'), notBeforeMs: nowMs + 1 })).entry).toBeUndefined();
});

test('the bytes in all never exceed the bound, however many are kept at once', async () => {
  const other = await openTestRedis(server.url);
  const maxBytes = 80_000;
  const replicas = [entriesOn(redis, { maxBytes }), entriesOn(redis, { maxBytes })];
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      const { entries } = replicas[i % 2] ?? entriesOn(redis);
      const entry = newEntry(`e${i % 150}`, { partition: 'p', expiresAtMs: nowMs + 1_000 * i });
      await entries.put(entry, completionOf(incompressible(400)), { nowMs });
      expect((await entries.size()).bytes).toBeLessThanOrEqual(maxBytes);
    }),
  );
  const [first] = replicas;
  const { entries, bytes } = (await first?.entries.size()) ?? { entries: 0, bytes: 0 };
  const listed = (await first?.entries.list({ limit: 1_000 }))?.entries ?? [];
  expect(listed).toHaveLength(entries);
  expect(listed.reduce((sum, { meta }) => sum + meta.bytes, 0)).toBe(bytes);
  expect(bytes).toBeGreaterThan(maxBytes / 2);
  // Their vectors are told of.
  expect(replicas.flatMap(({ orphaned }) => orphaned).length).toBeGreaterThan(100);
  await first?.entries.sweep(nowMs + 1e9, 1_000);
  expect(await first?.entries.size()).toEqual({ entries: 0, bytes: 0 });
  expect(await redis.run('keys', (client) => client.hlen('vectors'))).toBe(0);
  await other.close();
});

test('those that are over the soonest make room', async () => {
  const { entries } = entriesOn(redis, { maxBytes: 8_000 });
  for (const [name, seconds] of [
    ['long', 900],
    ['short', 10],
    ['middle', 100],
    ['new', 50],
  ] as const)
    await entries.put(newEntry(name, { expiresAtMs: nowMs + 1_000 * seconds }), completionOf('x'), { nowMs });
  const kept = (await entries.list({ limit: 10 })).entries.map(({ meta }) => meta.id);
  expect(kept).toContain(idOf('long'));
  expect(kept).not.toContain(idOf('short'));
});

test('a Redis that is full takes nothing more, and nobody waits for what it has not taken', async () => {
  const own = await createTestRedis({ ownServer: true });
  const full = await openTestRedis(own.url);
  const { entries } = entriesOn(full);
  await entries.put(newEntry('a'), completionOf('x'), { nowMs });
  await entries.lookUp({ ...lookUp, id: idOf('b'), leaseMs: 60_000 });
  await full.run('x', (client) => client.config('SET', 'maxmemory', '1mb'));
  expect(await entries.put(newEntry('b'), completionOf('x'), { nowMs, isLeader: true })).toBe('full');
  expect(await full.run('x', (client) => client.exists(`lease:${idOf('b')}`))).toBe(0);
  expect((await entries.lookUp({ ...lookUp, id: idOf('a') })).entry).toBeDefined();
  expect(await entries.sweep(nowMs + 1e6, 10)).toBe(1);
  await full.close();
  await own.close();
});

test('an answer that is too large is not kept, and leaves what was there', async () => {
  const { entries } = entriesOn(redis, { maxEntryBytes: 4_000 });
  await entries.put(newEntry('a'), completionOf('x'), { nowMs });
  expect(await entries.put(newEntry('b'), completionOf(incompressible(8_000)), { nowMs })).toBe('too_large');
  expect(await entries.size()).toMatchObject({ entries: 1 });
});

test.each([
  [
    'its completion is cut',
    (key: string) => redis.run('x', (client) => client.hset(key, 'c', Buffer.from([0x28, 0xb5]))),
  ],
  [
    'its completion is another thing',
    (key: string) => redis.run('x', (client) => client.hset(key, 'c', '{"a":1}')),
  ],
  ['its meta is no JSON', (key: string) => redis.run('x', (client) => client.hset(key, 'm', '{'))],
  [
    'its meta is another entry’s',
    (key: string) =>
      redis.run('x', (client) => client.hset(key, 'm', JSON.stringify({ ...newEntry('b'), bytes: 1 }))),
  ],
])('an entry is a miss, is deleted and counted where %s', async (_, spoil) => {
  const tested = entriesOn(redis);
  await tested.entries.put(newEntry('a', { partition: 'p' }), completionOf('x'), { nowMs });
  await spoil(`entry:${idOf('a')}`);
  expect(await tested.entries.lookUp({ id: idOf('a'), nowMs, leaseMs: 10 })).toEqual({ isLeader: true });
  expect(tested).toMatchObject({ corrupt: 1, orphaned: [vectorIdOf(idOf('a'))] });
  expect(await tested.entries.size()).toEqual({ entries: 0, bytes: 0 });
});

test('who finds a stale entry corrupt has the lease, and waits for nobody', async () => {
  const { entries } = entriesOn(redis);
  await entries.put(newEntry('a', { staleUntilMs: nowMs + 90_000 }), completionOf('x'), { nowMs });
  await redis.run('x', (client) => client.hset(`entry:${idOf('a')}`, 'm', '{'));
  const query = { id: idOf('a'), nowMs: nowMs + 61_000, staleMs: 30_000, leaseMs: 10 };
  expect(await entries.lookUp(query)).toEqual({ isLeader: true });
});

test('pages list all of an organisation, newest first, and go on where an entry is gone', async () => {
  const { entries } = entriesOn(redis);
  for (let i = 0; i < 7; i += 1)
    await entries.put(newEntry(`e${i}`, { createdAtMs: nowMs + (i >> 1) }), completionOf('x'), { nowMs });
  await entries.put(newEntry('other', { organisation: 'globex' }), completionOf('x'), { nowMs });
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await entries.list({ organisation: 'acme', limit: 2, ...(after && { after }) });
    ids.push(...page.entries.map(({ meta }) => meta.id));
    after = page.next;
  } while (after);
  expect(new Set(ids)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6].map((i) => idOf(`e${i}`))));
  expect(ids).toHaveLength(7);
  expect(ids[0]).toBe(idOf('e6'));
  const first = await entries.list({ organisation: 'acme', limit: 1 });
  await entries.delete([idOf('e6')]);
  const second = await entries.list({
    organisation: 'acme',
    limit: 10,
    ...(first.next && { after: first.next }),
  });
  expect(second.entries).toHaveLength(6);
  expect((await entries.list({ limit: 10 })).entries).toHaveLength(7);
});

test('hits and observations are of entries that are there, and go with them', async () => {
  const { entries } = entriesOn(redis);
  await entries.put(newEntry('a'), completionOf('x'), { nowMs });
  await entries.countHits(
    new Map([
      [idOf('a'), 3],
      [idOf('gone'), 2],
    ]),
  );
  for (let i = 0; i < 70; i += 1)
    await entries.observe(idOf('a'), { similarity: i / 100, correct: i % 2 === 0 });
  await entries.observe(idOf('gone'), { similarity: 1, correct: true });
  const entry = await entries.get(idOf('a'));
  expect(entry?.hits).toBe(3);
  expect(entry?.evidence).toHaveLength(64);
  expect(entry?.evidence[0]).toEqual({ similarity: 0.06, correct: true });
  expect(entry?.evidence.at(-1)).toEqual({ similarity: 0.69, correct: false });
  expect(await entries.get(idOf('gone'))).toBeUndefined();
  await entries.put(newEntry('a'), completionOf('y'), { nowMs });
  expect(await entries.get(idOf('a'))).toMatchObject({ hits: 0, evidence: [] });
});

test('an entry is found by its vector, with what it was observed to be', async () => {
  const { entries } = entriesOn(redis);
  await entries.put(newEntry('a', { partition: 'p', question: 'q' }), completionOf('x'), { nowMs });
  await entries.observe(idOf('a'), { similarity: 0.9, correct: true });
  const found = await entries.getByVector(vectorIdOf(idOf('a')), 'p');
  expect(found).toMatchObject({ stoppedUntilMs: 0, entry: { completion: completionOf('x') } });
  expect(found.entry?.evidence).toEqual([{ similarity: 0.9, correct: true }]);
  expect(await entries.getByVector(vectorIdOf(idOf('b')), 'p')).toEqual({ stoppedUntilMs: 0 });
});
