import type { Clock } from '@weir/service-kit/clock';
import { Database } from '@weir/service-kit/database/database';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { EmbedderIdentity, VectorStore } from '../domain/vector-store.ts';
import { PgvectorStore } from './pgvector/pgvector-store.ts';
import { QdrantStore } from './qdrant/qdrant-store.ts';
import type { VectorStoreSettings } from './vector-store-config.ts';

export interface OpenVectorStoreOptions {
  readonly settings: VectorStoreSettings;
  readonly embedder: EmbedderIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What its schema, or its collections, are named after; `cache` without it. */
  readonly name?: string;
}

const maxConnections = 8;
const connectTimeoutMs = 2_000;

/** The store that the settings name; nothing where they name none. It asks nobody anything yet. */
export function openVectorStore(options: OpenVectorStoreOptions): VectorStore | undefined {
  const { settings, embedder, clock, logger, metrics, name = 'cache' } = options;
  const { server, timeoutMs, maxPartitionPoints } = settings;
  if (!server) return undefined;
  if (server.kind === 'qdrant') return new QdrantStore({ ...server, timeoutMs, embedder, name, clock });
  const database = new Database({
    settings: {
      url: server.url,
      ca: undefined,
      maxConnections,
      connectTimeoutMs,
      queryTimeoutMs: timeoutMs,
      lockTimeoutMs: timeoutMs,
    },
    service: name,
    clock,
    logger,
    metrics,
  });
  return new PgvectorStore({ database, schema: name, embedder, maxPartitionPoints, clock });
}
