import type { RedisConnection } from '@weir/service-kit/redis/redis';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { vectorIdOf } from '../src/entries/entry-store.ts';
import { type CacheAdmin, createCacheAdmin } from './admin-harness.ts';
import { completionOf, idOf, nowMs, openTestRedis } from './entry-harness.ts';

let server: TestRedis;
let redis: RedisConnection;
let cache: CacheAdmin;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  redis = await openTestRedis(server.url);
  cache = createCacheAdmin({ redis });
});
afterEach(() => redis.close());

const idsOf = ({ data }: { data: readonly { id: string }[] }) => data.map(({ id }) => id);
const gone = { code: 'not_found' };

test('entries are listed newest first, page after page, without what they say', async () => {
  for (const [age, name] of ['a', 'b', 'c', 'd', 'e'].entries())
    await cache.keep(name, {
      createdAtMs: nowMs - age,
      ...(name === 'b' && { partition: 'p', question: 'Bao lâu?' }),
    });
  const { list } = cache.admin();
  const first = await list({ limit: 2 });
  expect(idsOf(first)).toEqual([idOf('a'), idOf('b')]);
  expect(first.data[1]).toMatchObject({ organisation_id: 'acme', semantic: true, hits: 0, team_id: null });
  expect(JSON.stringify(first)).not.toMatch(/what . says|Bao lâu/);
  const second = await list({ limit: 2, after: first.next ?? '' });
  expect(idsOf(second)).toEqual([idOf('c'), idOf('d')]);
  const third = await list({ limit: 2, after: second.next ?? '' });
  expect(third).toMatchObject({ data: [{ id: idOf('e') }], has_more: false, next: null });
  await expect(list({ after: 'elsewhere' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('a list has what all of its filters let through, and goes on where it ended', async () => {
  await cache.keep('other', { keyId: 'k1', namespace: 'faq', model: 'gpt-5' });
  const others = Array.from({ length: 450 }, (_, i) =>
    cache.keep(`none${i}`, { createdAtMs: nowMs - 1 - i }),
  );
  await Promise.all(others);
  await cache.keep('x', { keyId: 'k1', namespace: 'faq', createdAtMs: nowMs - 900 });
  await cache.keep('y', { keyId: 'k1', namespace: 'faq', createdAtMs: nowMs - 901 });
  const { list } = cache.admin();
  const asked = { key_id: 'k1', namespace: 'faq', model: 'gpt-5-mini', limit: 1 };
  const first = await list(asked);
  expect(idsOf(first)).toEqual([idOf('x')]);
  expect(await list({ ...asked, after: first.next ?? '' })).toMatchObject({
    data: [{ id: idOf('y') }],
    next: null,
  });
});

test('an entry is read with its answer and its verdicts, and who has read it is told, without the answer', async () => {
  const id = await cache.keep('a', { partition: 'p', question: 'Khi nào mở cửa?', costNanoUsd: 123_000 });
  await cache.entries.observe(id, { similarity: 0.97, correct: true });
  await cache.entries.observe(id, { similarity: 0.96, correct: false });
  expect(await cache.admin().read({ id })).toMatchObject({
    ...{ id, question: 'Khi nào mở cửa?', cost_usd: '0.000123' },
    completion: JSON.parse(completionOf('what a says')) as object,
    verdicts: { right: 1, wrong: 1 },
  });
  expect(cache.changes).toMatchObject([
    {
      ...{ action: 'cache-entry.read', organisation: 'acme', target: { kind: 'cache-entry', id } },
      ...{ actor: { id: 'a1' }, before: null, after: null },
    },
  ]);
  expect(JSON.stringify(cache.changes)).not.toMatch(/what a says|Khi nào/);
});

test('an entry that is deleted is gone with its vector, and the audit log has what it was, and not what it said', async () => {
  const id = await cache.keep('a', { partition: 'p', question: 'Khi nào?' });
  expect(await cache.admin().delete({ id })).toEqual({ id, deleted: true });
  expect(cache.orphaned).toEqual([vectorIdOf(id)]);
  expect(await cache.entries.get(id)).toBeUndefined();
  await expect(cache.admin().delete({ id })).rejects.toMatchObject(gone);
  expect(cache.changes).toMatchObject([
    { action: 'cache-entry.delete', target: { id }, before: { model: 'gpt-5-mini' }, after: null },
  ]);
  expect(JSON.stringify(cache.changes)).not.toMatch(/what a says|Khi nào/);
});

test('what is over or purged is neither listed nor read, though it is not deleted yet', async () => {
  const over = await cache.keep('over', { expiresAtMs: nowMs - 1 });
  const purged = await cache.keep('purged', { namespace: 'faq' });
  await cache.purgeStore.put('p1', { namespace: 'faq', beforeMs: nowMs });
  const { list, read } = cache.admin();
  expect(await list()).toEqual({ data: [], has_more: false, next: null });
  for (const id of [over, purged]) await expect(read({ id })).rejects.toMatchObject(gone);
});

test("an organisation's admin reaches no entry of another, whichever id or organisation is named", async () => {
  const own = await cache.keep('own');
  const others = await cache.keep('other', { organisation: 'globex', sharedBy: 'everyone' });
  const acme = cache.admin('acme');
  expect(idsOf(await acme.list())).toEqual([own]);
  expect(idsOf(await acme.list({ after: `${nowMs + 1}.${others}` }))).toEqual([own]);
  await expect(acme.list({ organisation_id: 'globex' })).rejects.toMatchObject(gone);
  for (const call of [acme.read, acme.delete]) {
    const [refused, unknown] = await Promise.allSettled([call({ id: others }), call({ id: idOf('nobody') })]);
    const messageOf = ({ reason }: PromiseRejectedResult) =>
      (reason as Error).message.replaceAll(/"[\w-]{43}"/g, '');
    expect(refused).toMatchObject({ reason: gone });
    expect(messageOf(refused as PromiseRejectedResult)).toBe(messageOf(unknown as PromiseRejectedResult));
  }
  expect(await cache.entries.get(others)).toBeDefined();
  expect(cache.changes).toEqual([]);
  expect(idsOf(await cache.admin().list({ organisation_id: 'globex' }))).toEqual([others]);
});

test("partitions tell how right semantic answers were, an organisation's admin those of its own", async () => {
  const record = { model: 'gpt-5-mini', right: 90, wrong: 10, updatedAtMs: nowMs };
  const partitions = [
    { ...record, id: 'p1', organisation: 'acme', isStopped: true },
    { ...record, id: 'p2', organisation: 'globex', isStopped: false },
  ];
  const { admin } = createCacheAdmin({ redis, partitions });
  expect(await admin().partitions({ limit: 1 })).toEqual({
    data: [
      {
        ...{ id: 'p1', organisation_id: 'acme', model: 'gpt-5-mini', right: 90, wrong: 10 },
        ...{ status: 'stopped', updated_at: new Date(nowMs).toISOString() },
      },
    ],
    ...{ has_more: true, next: '1' },
  });
  expect(await admin('globex').partitions()).toMatchObject({
    data: [{ id: 'p2', status: 'serving' }],
    next: null,
  });
  await expect(admin('globex').partitions({ organisation_id: 'acme' })).rejects.toMatchObject(gone);
});
