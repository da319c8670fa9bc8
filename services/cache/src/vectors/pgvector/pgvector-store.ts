import type { Clock } from '@weir/service-kit/clock';
import type { Database } from '@weir/service-kit/database/database';
import type { Query, QueryResult } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { SqlError } from '@weir/service-kit/database/sql-error';
import { Fault } from '@weir/service-kit/fault';
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
import { ensureSchema, type PgvectorNames } from './schema.ts';
import * as statements from './statements.ts';

export interface PgvectorStoreOptions {
  readonly database: Database;
  /** Made where it is not there. */
  readonly schema: string;
  readonly embedder: EmbedderIdentity;
  /** The most points that a partition keeps: all are compared with each question. The oldest leave. */
  readonly maxPartitionPoints: number;
  readonly clock: Clock;
}

const upsertBatch = 500;
const deleteBatch = 5_000;

const neighbourRow = z.object({
  id: z.uuid(),
  partition: z.instanceof(Buffer),
  question: z.string(),
  similarity: z.number(),
  created_at: integerColumn,
  expires_at: integerColumn,
});
const countRow = z.object({ count: integerColumn });

/** The table or its schema is not there, or the type: somebody has removed it, or the server began anew. */
const isGone = /^(42P01|3F000|42704|42883)$/;

/**
 * Points in Postgres with pgvector. Each statement stands alone and leaves nothing in its session, so that many clients may
 * share one, as they do at PGlite and behind poolers.
 */
export class PgvectorStore implements VectorStore {
  readonly #options: PgvectorStoreOptions;
  #names: Promise<PgvectorNames> | undefined;

  constructor(options: PgvectorStoreOptions) {
    this.#options = options;
  }

  async describe(): Promise<string> {
    return (await this.#ensured()).description;
  }

  async ensure(): Promise<void> {
    await this.#ensured();
  }

  async upsert(points: readonly VectorPoint[]): Promise<void> {
    for (const { vector } of points) assertVector(vector, this.#options.embedder.dimensions);
    for (const batch of batchesOf(distinctPoints(points), upsertBatch)) {
      const partitions = [...new Set(batch.map(({ partition }) => partition))].map(partitionHash);
      await this.#query(statements.upsert, [
        batch.map(({ id }) => id),
        batch.map(({ partition }) => partitionHash(partition)),
        batch.map(({ organisation }) => storableText(organisation)),
        batch.map(({ question }) => storableText(question)),
        batch.map(({ vector }) => vectorText(vector)),
        batch.map(({ createdAtMs }) => createdAtMs),
        batch.map(({ expiresAtMs }) => expiresAtMs),
      ]);
      await this.#query(statements.trim, [partitions, this.#options.maxPartitionPoints]);
    }
  }

  async nearest({ partition, vector, limit, nowMs, timeoutMs }: NearestQuery): Promise<readonly Neighbour[]> {
    assertLimit(limit);
    assertVector(vector, this.#options.embedder.dimensions);
    const hash = partitionHash(partition);
    const asked = this.#query(statements.nearest, [hash, vectorText(vector), nowMs, limit]);
    return rows(neighbourRow, await withinTimeout(asked, timeoutMs, this.#options.clock))
      .filter((row) => row.partition.equals(hash) && row.expires_at > nowMs)
      .map(({ id, question, similarity, created_at: createdAtMs, expires_at: expiresAtMs }) => ({
        id,
        question,
        similarity,
        createdAtMs,
        expiresAtMs,
      }));
  }

  async delete(ids: readonly string[]): Promise<void> {
    for (const batch of batchesOf([...ids].sort(), deleteBatch))
      await this.#query(statements.deleteById, [batch]);
  }

  async deleteWhere({ organisation, partition, createdBeforeMs }: PointFilter): Promise<void> {
    const values = [
      organisation === undefined ? null : storableText(organisation),
      partition === undefined ? null : partitionHash(partition),
      createdBeforeMs ?? null,
      deleteBatch,
    ];
    while ((await this.#query(statements.deleteWhere, values)).rowCount >= deleteBatch);
  }

  async sweepExpired(nowMs: number, limit: number): Promise<boolean> {
    return (await this.#query(statements.sweep, [nowMs, limit])).rowCount >= limit;
  }

  async count(): Promise<number> {
    return rows(countRow, await this.#query(statements.count, []))[0]?.count ?? 0;
  }

  close(): Promise<void> {
    return this.#options.database.close();
  }

  async #query(statement: (names: PgvectorNames) => Query, values: readonly unknown[]): Promise<QueryResult> {
    const names = await this.#ensured();
    try {
      return await this.#options.database.query(statement(names), values);
    } catch (error) {
      const cause = error instanceof Fault ? error.cause : undefined;
      if (cause instanceof SqlError && isGone.test(cause.sqlState)) this.#names = undefined;
      throw error;
    }
  }

  #ensured(): Promise<PgvectorNames> {
    this.#names ??= ensureSchema(this.#options.database, this.#options.schema).catch((error: unknown) => {
      this.#names = undefined;
      throw error;
    });
    return this.#names;
  }
}

function vectorText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}
