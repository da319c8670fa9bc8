import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VectorStore } from '../src/domain/vector-store.ts';
import { cosine, openTestStore, testEmbedder, testPoint, testVector } from './open-test-store.ts';

export interface StoreUnderTest {
  /** The settings that name it, with a namespace of this suite's own. */
  readonly start: () => Promise<{
    environment: Readonly<Record<string, string>>;
    close: () => Promise<void>;
  }>;
}

/** How far a similarity may be from the cosine of the vectors: stores compute with 32 bits. */
const about = (similarity: number) => expect.closeTo(similarity, 5) as number;

/** Each is another one than all the rest, whatever a store's own rules of comparing text say. */
const hostilePartitions = [
  ...[
    'p',
    'p1',
    'P',
    ' p',
    'p ',
    '',
    "p'",
    'p"; drop table points; --',
    'p\\',
    'p%',
    '{p}',
    '\0',
    'p\0',
    'p\0q',
  ],
  ...['caf\u00e9', 'cafe\u0301', '\ud800', '\udbff', '\ufffd', '\u202ep', '🙂', 'null', '0'],
  ...['x'.repeat(65_536), `${'x'.repeat(65_535)}y`, 'ö'.repeat(65_536)],
];

/** What every vector store promises. */
export function vectorStoreConformance(name: string, { start }: StoreUnderTest): void {
  describe(name, () => {
    let started: Awaited<ReturnType<StoreUnderTest['start']>>;
    let store: VectorStore;
    const open = (embedder = testEmbedder) => openTestStore(started.environment, embedder);
    const nearest = (query: Partial<Parameters<VectorStore['nearest']>[0]> = {}) =>
      store.nearest({
        partition: 'p',
        vector: testVector(1),
        limit: 5,
        nowMs: 2_000,
        timeoutMs: 20_000,
        ...query,
      });

    beforeAll(async () => {
      started = await start();
      store = await open();
      await store.ensure();
    });
    beforeEach(() => store.deleteWhere({}));
    afterAll(async () => {
      await store.close();
      await started.close();
    });

    test('says what it is', async () => {
      await expect(store.describe()).resolves.toMatch(
        /^(pgvector \d+\.\d+.* on Postgres \d+|Qdrant \d+\.\d+.*)$/,
      );
    });

    test('what is found is the most similar, in that order, with the cosine of both vectors, and no more than was asked for', async () => {
      const points = Array.from({ length: 40 }, (_, seed) =>
        testPoint({
          vector: testVector(seed),
          question: `question ${seed}`,
          createdAtMs: seed,
          expiresAtMs: 5_000 + seed,
        }),
      );
      await store.upsert(points);
      const vector = testVector(7.1);
      const expected = points
        .map((point) => ({ ...point, similarity: cosine(point.vector, vector) }))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, 3);

      const found = await nearest({ vector, limit: 3 });

      expect(found).toEqual(
        expected.map(({ id, question, similarity, createdAtMs, expiresAtMs }) => ({
          id,
          question,
          similarity: about(similarity),
          createdAtMs,
          expiresAtMs,
        })),
      );
      await expect(nearest({ limit: 100 })).resolves.toHaveLength(40);
    });

    test.each([0, -1, 1.5, 101, NaN])('%s neighbours cannot be asked for', async (limit) => {
      await expect(nearest({ limit })).rejects.toMatchObject({
        cause: { message: `${limit} neighbours were asked for: from 1 to 100 is possible` },
      });
    });

    test('a point is found in its own partition and in no other', async () => {
      const points = hostilePartitions.map((partition, i) => testPoint({ partition, question: `${i}` }));
      await store.upsert(points);
      for (const { id, partition } of points)
        expect((await nearest({ partition, limit: 100 })).map((found) => found.id)).toEqual([id]);
      await expect(nearest({ partition: 'another' })).resolves.toEqual([]);
    });

    test('a point that has expired is not found, and the sweep removes it and no other', async () => {
      const [expired, atNow, later] = [1_999, 2_000, 2_001].map((expiresAtMs) => testPoint({ expiresAtMs }));
      await store.upsert([expired, atNow, later].filter((point) => point !== undefined));
      expect((await nearest()).map(({ id }) => id)).toEqual([later?.id]);

      while (await store.sweepExpired(2_000, 1));

      await expect(store.count()).resolves.toBe(1);
      expect((await nearest({ nowMs: 0 })).map(({ id }) => id)).toEqual([later?.id]);
    });

    test('a point of the same id takes the place of the one before, also in another partition', async () => {
      const first = testPoint({ question: 'first' });
      await store.upsert([first, { ...first, question: 'second' }]);
      expect((await nearest()).map(({ question }) => question)).toEqual(['second']);

      await store.upsert([
        { ...first, partition: 'q', vector: testVector(2), question: 'third', expiresAtMs: 9_000 },
      ]);

      await expect(nearest()).resolves.toEqual([]);
      await expect(nearest({ partition: 'q', vector: testVector(2) })).resolves.toEqual([
        {
          id: first.id,
          question: 'third',
          similarity: about(1),
          createdAtMs: 1_000,
          expiresAtMs: 9_000,
        },
      ]);
    });

    test('what is deleted is gone: by its id, its organisation, its partition, its age, and all of it', async () => {
      const points = [
        testPoint({ organisation: 'a', partition: 'p', createdAtMs: 1 }),
        testPoint({ organisation: 'a', partition: 'q', createdAtMs: 2 }),
        testPoint({ organisation: "b'; drop table", partition: 'p', createdAtMs: 3 }),
        testPoint({ organisation: 'c', partition: 'p', createdAtMs: 4 }),
        testPoint({ organisation: 'c', partition: 'q', createdAtMs: 5 }),
      ];
      await store.upsert(points);
      const left = async () => {
        const found = await Promise.all(['p', 'q'].map((partition) => nearest({ partition })));
        return found
          .flat()
          .map(({ createdAtMs }) => createdAtMs)
          .sort();
      };

      await store.delete([points[3]?.id ?? '', randomUUID()]);
      expect(await left()).toEqual([1, 2, 3, 5]);
      await store.deleteWhere({ organisation: 'c', partition: 'p' });
      expect(await left()).toEqual([1, 2, 3, 5]);
      await store.deleteWhere({ createdBeforeMs: 2 });
      expect(await left()).toEqual([2, 3, 5]);
      await store.deleteWhere({ organisation: "b'; drop table" });
      expect(await left()).toEqual([2, 5]);
      await store.deleteWhere({ partition: 'q', createdBeforeMs: 3 });
      expect(await left()).toEqual([5]);
      await store.deleteWhere({});
      expect(await left()).toEqual([]);
      await expect(store.delete([])).resolves.toBeUndefined();
    });

    test('many who write the same points at once, in any order, all succeed and leave one of each', async () => {
      const points = Array.from({ length: 60 }, (_, seed) => testPoint({ vector: testVector(seed) }));
      const writers = Array.from({ length: 12 }, (_, writer) => {
        const mine = points.map((point) => ({ ...point, question: `by ${writer}` }));
        return store.upsert(writer % 2 === 0 ? mine : mine.toReversed());
      });
      await Promise.all([...writers, nearest(), nearest()]);
      await expect(store.count()).resolves.toBe(60);
      expect(new Set((await nearest({ limit: 100 })).map(({ id }) => id))).toEqual(
        new Set(points.map(({ id }) => id)),
      );
    });

    test('a batch larger than a statement takes is written and deleted whole', async () => {
      const points = Array.from({ length: 1_201 }, (_, i) => testPoint({ partition: `p${i % 3}` }));
      await store.upsert(points);
      await expect(store.count()).resolves.toBe(1_201);
      await store.delete(points.map(({ id }) => id));
      await expect(store.count()).resolves.toBe(0);
    });

    test('a vector that its embedder cannot have made is refused, with the reason, and nothing is written', async () => {
      const wrong = [
        testVector(1, 15),
        testVector(1, 17),
        new Float32Array(16),
        testVector(1).fill(NaN),
        testVector(1).fill(Infinity),
      ];
      for (const vector of wrong) {
        const reason = {
          code: 'internal_error',
          cause: expect.objectContaining({
            message: expect.stringMatching(
              /^a vector (has 1[57] dimensions, and|is zero, or not finite)/,
            ) as string,
          }) as Error,
        };
        await expect(store.upsert([testPoint(), testPoint({ vector })])).rejects.toMatchObject(reason);
        await expect(nearest({ vector })).rejects.toMatchObject(reason);
      }
      await expect(store.count()).resolves.toBe(0);
    });

    test('any text of a question comes back as it was; what is no text in any store becomes U+FFFD', async () => {
      const questions = [
        "'); drop table points; --",
        '$1 \\ " {} \n\t\u2028',
        'mật khẩu 🙂 e\u0301',
        'x'.repeat(100_000),
        '',
        '{"a": "\\u0000"}',
      ];
      for (const question of questions) {
        await store.upsert([testPoint({ id: '00000000-0000-4000-8000-000000000001', question })]);
        expect((await nearest())[0]?.question).toBe(question);
      }
      await store.upsert([
        testPoint({ id: '00000000-0000-4000-8000-000000000001', question: 'a\0b\ud800c' }),
      ]);
      expect((await nearest())[0]?.question).toBe('a\ufffdb\ufffdc');
    });

    test('another client, as of a replica or after a restart, finds the same points', async () => {
      await store.upsert([testPoint({ question: 'of the first' })]);
      const other = await open();
      const query = { partition: 'p', vector: testVector(1), limit: 1, nowMs: 0, timeoutMs: 20_000 };
      expect((await other.nearest(query))[0]?.question).toBe('of the first');
      await other.close();
    });

    test("points of another embedder, of another length, are out of the way, and purged and swept with one's own", async () => {
      const other = await open({ id: 'other@2', dimensions: 8 });
      const theirs = testPoint({ partition: 'theirs', vector: testVector(1, 8), organisation: 'purged' });
      await other.upsert([
        theirs,
        testPoint({ partition: 'theirs', vector: testVector(1, 8), expiresAtMs: 3_000 }),
      ]);
      await store.upsert([testPoint()]);
      await expect(nearest({ limit: 100 })).resolves.toHaveLength(1);
      await expect(store.count()).resolves.toBe(3);

      await store.deleteWhere({ organisation: 'purged' });
      while (await store.sweepExpired(3_000, 100));

      await expect(store.count()).resolves.toBe(1);
      await other.close();
    });
  });
}
