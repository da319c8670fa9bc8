import { randomBytes } from 'node:crypto';
import { startQdrant } from '@weir/testkit/servers/qdrant';
import { expect, test } from 'vitest';
import { startFakeQdrant } from './fake-qdrant.ts';
import { openTestStore, testPoint } from './open-test-store.ts';
import { vectorStoreConformance } from './vector-store-conformance.ts';

const apiKey = 'a-qdrant-key';
const newNamespace = () => `test_${randomBytes(6).toString('hex')}`;

vectorStoreConformance('Qdrant, as an imitation of its API has it', {
  start: async () => {
    const { url, close } = await startFakeQdrant(apiKey);
    return {
      environment: { QDRANT_URL: url, QDRANT_API_KEY: apiKey, WEIR_VECTOR_NAMESPACE: newNamespace() },
      close: () => {
        close();
        return Promise.resolve();
      },
    };
  },
});

const given = process.env['QDRANT_URL'];
const started = given === undefined ? await startQdrant() : undefined;
const url = given ?? started?.url;
if (url === undefined) {
  test('a real Qdrant', ({ skip }) => {
    skip('no Docker engine answers that has its image, and QDRANT_URL names none');
  });
} else {
  const key = process.env['QDRANT_API_KEY'];
  vectorStoreConformance('a real Qdrant', {
    start: () =>
      Promise.resolve({
        environment: {
          QDRANT_URL: url,
          WEIR_VECTOR_NAMESPACE: newNamespace(),
          ...(key !== undefined && { QDRANT_API_KEY: key }),
        },
        close: () => started?.close() ?? Promise.resolve(),
      }),
  });
}

test('a collection has a graph for each partition and none over all of them, and is made again where it was removed', async () => {
  const qdrant = await startFakeQdrant(apiKey);
  const store = await openTestStore({ QDRANT_URL: qdrant.url, QDRANT_API_KEY: apiKey });
  await store.upsert([testPoint()]);
  expect(qdrant.made).toEqual([
    { vectors: { size: 16, distance: 'Cosine' }, hnsw_config: { m: 0, payload_m: 16 } },
  ]);
  qdrant.close();
});

test('a refusal tells its status, and nothing of what was sent', async () => {
  const qdrant = await startFakeQdrant(apiKey);
  const store = await openTestStore({ QDRANT_URL: qdrant.url, QDRANT_API_KEY: 'another' });
  await expect(store.upsert([testPoint({ question: 'a secret' })])).rejects.toMatchObject({
    code: 'service_unavailable',
    cause: { message: 'Qdrant: it answered with status 401' },
  });
  qdrant.close();
});
