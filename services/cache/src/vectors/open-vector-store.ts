import type { Clock } from '@weir/service-kit/clock';
import { Database } from '@weir/service-kit/database/database';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { EmbedderIdentity, VectorStore } from '../domain/vector-store.ts';
import { PgvectorStore } from './pgvector/pgvector-store.ts';
import type { VectorStoreSettings } from './vector-store-config.ts';

export interface OpenVectorStoreOptions {
  readonly settings: VectorStoreSettings;
  readonly embedder: EmbedderIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const maxConnections = 8;
const connectTimeoutMs = 2_000;

/** The store that the settings name; nothing where they name none. It asks nobody anything yet. */
export async function openVectorStore(options: OpenVectorStoreOptions): Promise<VectorStore | undefined> {
  const { settings, embedder, clock, logger, metrics } = options;
  const { server, namespace, timeoutMs, maxPartitionPoints } = settings;
  if (!server) return undefined;
  if (server.kind === 'qdrant') {
    // Its client takes 9 MB, which others need not have.
    const { QdrantStore } = await import('./qdrant/qdrant-store.ts');
    return new QdrantStore({ ...server, timeoutMs, embedder, namespace, clock });
  }
  const database = new Database({
    settings: {
      url: server.url,
      ca: undefined,
      maxConnections,
      connectTimeoutMs,
      queryTimeoutMs: timeoutMs,
      lockTimeoutMs: timeoutMs,
    },
    service: namespace,
    clock,
    logger,
    metrics,
  });
  return new PgvectorStore({ database, schema: namespace, embedder, maxPartitionPoints, clock });
}
