import { randomBytes } from 'node:crypto';
import { createTestVectors, dropSchema } from '@weir/testkit/servers/test-vectors';
import { expect, test } from 'vitest';
import { openTestStore, testPoint, testVector } from './open-test-store.ts';
import { vectorStoreConformance } from './vector-store-conformance.ts';

const startEmbedded = async () => {
  const { url, namespace, close } = await createTestVectors();
  return { environment: { VECTOR_DATABASE_URL: url, WEIR_VECTOR_NAMESPACE: namespace }, close };
};

vectorStoreConformance('pgvector, as npm start has it', { start: startEmbedded });

const givenUrl = process.env['VECTOR_DATABASE_URL'];
if (givenUrl === undefined) {
  test('pgvector in a Postgres of its own', ({ skip }) => {
    skip('VECTOR_DATABASE_URL names no Postgres that has pgvector');
  });
} else {
  vectorStoreConformance('pgvector in the Postgres of VECTOR_DATABASE_URL', {
    start: () => {
      const namespace = `test_${randomBytes(6).toString('hex')}`;
      return Promise.resolve({
        environment: { VECTOR_DATABASE_URL: givenUrl, WEIR_VECTOR_NAMESPACE: namespace },
        close: () => dropSchema(givenUrl, namespace),
      });
    },
  });
}

test('a partition keeps the newest points, as many as it may, and others lose none', async () => {
  const { environment, close } = await startEmbedded();
  const store = await openTestStore({ ...environment, WEIR_VECTOR_PARTITION_POINTS: '10' });
  const points = Array.from({ length: 25 }, (_, i) => testPoint({ createdAtMs: i % 2 === 0 ? i : 24 }));
  await store.upsert([testPoint({ partition: 'other', createdAtMs: 0 })]);
  await Promise.all([store.upsert(points.slice(0, 13)), store.upsert(points.slice(13))]);
  await store.upsert([testPoint({ createdAtMs: 25 })]);

  const query = { partition: 'p', vector: testVector(1), limit: 100, nowMs: 0, timeoutMs: 20_000 };
  const kept = (await store.nearest(query)).map(({ createdAtMs }) => createdAtMs);
  expect(kept).toHaveLength(10);
  expect(Math.min(...kept)).toBe(24);
  await expect(store.count()).resolves.toBe(11);
  await store.close();
  await close();
});

test('a store whose table was removed makes it again', async () => {
  const { environment, close } = await startEmbedded();
  const store = await openTestStore(environment);
  await store.upsert([testPoint()]);
  await dropSchema(environment.VECTOR_DATABASE_URL, environment.WEIR_VECTOR_NAMESPACE);
  await expect(store.count()).rejects.toMatchObject({ code: 'internal_error' });
  await expect(store.count()).resolves.toBe(0);
  await store.close();
  await close();
});
