import { databaseUrlSchema } from '@weir/service-kit/database/database-config';
import { milliseconds, wholeNumber } from '@weir/service-kit/environment';
import { z } from 'zod';

/** The settings of the vector store. Without an address there is none. Where both are given, Qdrant's holds. */
export const vectorStoreConfigSchema = z
  .object({
    /** Qdrant's REST address. */
    QDRANT_URL: z
      .url({ protocol: /^https?$/, error: 'must be http://host:port or https://host:port' })
      .optional(),
    QDRANT_API_KEY: z.string().min(1).optional().meta({ secret: true }),
    /** A Postgres that has pgvector. */
    VECTOR_DATABASE_URL: databaseUrlSchema.optional(),
    /** What the schema, or the collections, of its points are named after: two Weirs may share a server. */
    WEIR_VECTOR_NAMESPACE: z
      .string()
      .regex(
        /^(?!pg_)[a-z][a-z0-9_]{0,39}$/,
        'must be a lower case letter, and up to 39 of those, digits and _',
      )
      .default('cache'),
    /** How long a statement or a call may take that nobody waits for: a write, a purge, a sweep. */
    WEIR_VECTOR_TIMEOUT_MS: milliseconds.min(100).max(600_000).default(5_000),
    /** How many points of a partition pgvector keeps, and compares with each question. Qdrant has no such bound. */
    WEIR_VECTOR_PARTITION_POINTS: wholeNumber.min(10).max(100_000).default(1_000),
  })
  .transform((env) => ({
    server:
      env.QDRANT_URL !== undefined
        ? { kind: 'qdrant' as const, url: env.QDRANT_URL, apiKey: env.QDRANT_API_KEY }
        : env.VECTOR_DATABASE_URL !== undefined
          ? { kind: 'pgvector' as const, url: env.VECTOR_DATABASE_URL }
          : undefined,
    namespace: env.WEIR_VECTOR_NAMESPACE,
    timeoutMs: env.WEIR_VECTOR_TIMEOUT_MS,
    maxPartitionPoints: env.WEIR_VECTOR_PARTITION_POINTS,
  }));

export type VectorStoreSettings = z.output<typeof vectorStoreConfigSchema>;
