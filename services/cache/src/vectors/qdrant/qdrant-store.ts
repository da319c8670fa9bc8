import { createHash } from 'node:crypto';
import { arrayOf } from '@weir/contracts/collections';
import type { Clock } from '@weir/service-kit/clock';
import { z } from 'zod';
import type {
  EmbedderIdentity,
  NearestQuery,
  Neighbour,
  PointFilter,
  VectorPoint,
  VectorStore,
} from '../../domain/vector-store.ts';
import {
  assertLimit,
  assertVector,
  batchesOf,
  distinctPoints,
  partitionHash,
  storableText,
  withinTimeout,
} from '../storable-points.ts';
import { createQdrantClient, type Qdrant } from './qdrant-client.ts';

export interface QdrantStoreOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** How long each call may take. */
  readonly timeoutMs: number;
  readonly embedder: EmbedderIdentity;
  /** What its collections' names begin with. */
  readonly namespace: string;
  readonly clock: Clock;
}

const upsertBatch = 500;
const deleteBatch = 5_000;

const payloadSchema = z.object({
  partition: z.string(),
  question: z.string(),
  created_at: z.int(),
  expires_at: z.int(),
});
const neighboursSchema = arrayOf(z.object({ id: z.uuid(), score: z.number(), payload: payloadSchema }));

type Condition =
  | { key: string; match: { value: string } }
  | { key: string; range: { lt?: number; lte?: number; gt?: number } };

/**
 * Points in Qdrant, in a collection for each embedder. It knows no expiry: a search leaves out what is expired, and the sweep
 * removes it.
 */
export class QdrantStore implements VectorStore {
  readonly #options: QdrantStoreOptions;
  readonly #qdrant: Qdrant;
  readonly #collection: string;
  #made: Promise<void> | undefined;

  constructor(options: QdrantStoreOptions) {
    const { id, dimensions } = options.embedder;
    const hash = createHash('sha256').update(`${dimensions} ${id}`).digest('hex').slice(0, 12);
    this.#options = options;
    this.#collection = `${options.namespace}-points-${hash}`;
    this.#qdrant = createQdrantClient(options, () => {
      // Somebody has removed the collection.
      this.#made = undefined;
    });
  }

  async describe(): Promise<string> {
    const { version } = await this.#qdrant((client) => client.versionInfo());
    return `Qdrant ${version}`;
  }

  ensure(): Promise<void> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  async upsert(points: readonly VectorPoint[]): Promise<void> {
    for (const { vector } of points) assertVector(vector, this.#options.embedder.dimensions);
    await this.ensure();
    for (const batch of batchesOf(distinctPoints(points), upsertBatch)) {
      await this.#qdrant((client) =>
        client.upsert(this.#collection, { wait: true, points: batch.map(stored) }),
      );
    }
  }

  async nearest({ partition, vector, limit, nowMs, timeoutMs }: NearestQuery): Promise<readonly Neighbour[]> {
    assertLimit(limit);
    assertVector(vector, this.#options.embedder.dimensions);
    const hash = partitionText(partition);
    const asked = this.ensure().then(() =>
      this.#qdrant((client) =>
        client.query(this.#collection, {
          query: [...vector],
          filter: {
            must: [
              { key: 'partition', match: { value: hash } },
              { key: 'expires_at', range: { gt: nowMs } },
            ],
          },
          limit,
          with_payload: true,
        }),
      ),
    );
    const { points } = await withinTimeout(asked, timeoutMs, this.#options.clock);
    return neighboursSchema
      .parse(points)
      .filter(({ payload }) => payload.partition === hash && payload.expires_at > nowMs)
      .map(({ id, score, payload }) => ({
        id,
        question: payload.question,
        similarity: score,
        createdAtMs: payload.created_at,
        expiresAtMs: payload.expires_at,
      }));
  }

  async delete(ids: readonly string[]): Promise<void> {
    await this.ensure();
    for (const batch of batchesOf(ids, deleteBatch)) {
      await this.#qdrant((client) => client.delete(this.#collection, { wait: true, points: [...batch] }));
    }
  }

  async deleteWhere({ organisation, partition, createdBeforeMs }: PointFilter): Promise<void> {
    const must: Condition[] = [];
    if (organisation !== undefined)
      must.push({ key: 'tenant', match: { value: storableText(organisation) } });
    if (partition !== undefined) must.push({ key: 'partition', match: { value: partitionText(partition) } });
    if (createdBeforeMs !== undefined) must.push({ key: 'created_at', range: { lt: createdBeforeMs } });
    await this.#deleteEverywhere(must);
  }

  /** All of them, whatever the limit: a filter is all that Qdrant needs. */
  async sweepExpired(nowMs: number): Promise<boolean> {
    await this.#deleteEverywhere([{ key: 'expires_at', range: { lte: nowMs } }]);
    return false;
  }

  async count(): Promise<number> {
    const counts = (await this.#collections()).map((collection) =>
      this.#qdrant((client) => client.count(collection, { exact: true })),
    );
    return (await Promise.all(counts)).reduce((sum, { count }) => sum + count, 0);
  }

  async close(): Promise<void> {
    // Its connections are idle ones, and keep no process alive.
  }

  async #deleteEverywhere(must: Condition[]): Promise<void> {
    for (const collection of await this.#collections())
      await this.#qdrant((client) => client.delete(collection, { wait: true, filter: { must } }));
  }

  /** Those of former embedders too. */
  async #collections(): Promise<string[]> {
    await this.ensure();
    const { collections } = await this.#qdrant((client) => client.getCollections());
    return collections
      .map(({ name }) => name)
      .filter((name) => name.startsWith(`${this.#options.namespace}-points-`));
  }

  /** A graph for each partition (`payload_m`), and none over all of them: no search crosses partitions. */
  async #make(): Promise<void> {
    const collection = this.#collection;
    const { exists } = await this.#qdrant((client) => client.collectionExists(collection));
    if (!exists) {
      const vectors = { size: this.#options.embedder.dimensions, distance: 'Cosine' as const };
      await this.#qdrant((client) =>
        client.createCollection(collection, { vectors, hnsw_config: { m: 0, payload_m: 16 } }),
      ).catch(async (error: unknown) => {
        // Another replica may have made it meanwhile.
        if (!(await this.#qdrant((client) => client.collectionExists(collection))).exists) throw error;
      });
    }
    for (const [field_name, field_schema] of indexes)
      await this.#qdrant((client) =>
        client.createPayloadIndex(collection, { wait: true, field_name, field_schema }),
      );
  }
}

const indexes = [
  ['tenant', { type: 'keyword', is_tenant: true }],
  ['partition', 'keyword'],
  ['expires_at', 'integer'],
  ['created_at', 'integer'],
] as const;

function stored({ id, partition, organisation, question, vector, createdAtMs, expiresAtMs }: VectorPoint) {
  return {
    id,
    vector: [...vector],
    payload: {
      tenant: storableText(organisation),
      partition: partitionText(partition),
      question: storableText(question),
      created_at: createdAtMs,
      expires_at: expiresAtMs,
    },
  };
}

function partitionText(partition: string): string {
  return partitionHash(partition).toString('base64url');
}
