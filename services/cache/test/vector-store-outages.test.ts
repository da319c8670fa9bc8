import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createTestVectors } from '@weir/testkit/servers/test-vectors';
import { eventually } from '@weir/testkit/eventually';
import { freePort } from '@weir/local-servers/port';
import { describe, expect, test } from 'vitest';
import { openTestStore, testPoint, testVector } from './open-test-store.ts';

const query = { partition: 'p', vector: testVector(1), limit: 5, nowMs: 2_000, timeoutMs: 200 };

describe.each([
  ['pgvector', (port: number) => ({ VECTOR_DATABASE_URL: `postgresql://a:b@127.0.0.1:${port}/postgres` })],
  ['Qdrant', (port: number) => ({ QDRANT_URL: `http://127.0.0.1:${port}` })],
])('%s', (_name, environmentAt) => {
  test('a server that accepts and never answers costs a search its time-out and no more, many at once too', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const store = await openTestStore({
      ...environmentAt((server.address() as AddressInfo).port),
      WEIR_VECTOR_TIMEOUT_MS: '2000',
    });
    const startedAtMs = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => store.nearest(query)));
    // Its own, and what a machine that is busy with other tests may add; without a limit it would be two seconds.
    expect(performance.now() - startedAtMs).toBeLessThan(1_800);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'service_unavailable' } });
    await expect(store.upsert([testPoint()])).rejects.toMatchObject({ code: 'service_unavailable' });
    await store.close();
    server.close();
  });

  test('a server that is not there is a fault at once', async () => {
    const store = await openTestStore(environmentAt(await freePort()));
    for (const attempt of [
      () => store.nearest(query),
      () => store.upsert([testPoint()]),
      () => store.deleteWhere({}),
      () => store.describe(),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'service_unavailable' });
    await store.close();
  });
});

test('a store finds its points again once the server that was killed is back', async () => {
  const { url, namespace, server, close } = await createTestVectors({ ownServer: true });
  const store = await openTestStore({ VECTOR_DATABASE_URL: url, WEIR_VECTOR_NAMESPACE: namespace });
  await store.upsert([testPoint({ question: 'before' })]);
  await server?.kill();
  await expect(store.nearest(query)).rejects.toMatchObject({ code: 'service_unavailable' });
  await server?.restart();
  await eventually(async () => {
    expect(await store.nearest({ ...query, timeoutMs: 5_000 })).toMatchObject([{ question: 'before' }]);
  });
  await store.close();
  await close();
});
