import { embedderConfigSchema } from '@weir/embeddings/embedder-config';
import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { joinSchemas } from '@weir/service-kit/joined-schemas';
import { milliseconds } from '@weir/service-kit/environment';
import { redisConfigSchema } from '@weir/service-kit/redis/redis-config';
import { z } from 'zod';
import { vectorStoreConfigSchema } from './vectors/vector-store-config.ts';

export const settingsSchema = z.object({
  /** How much Redis holds for the cache, roughly; beyond it the entries that would expire next make room. */
  WEIR_CACHE_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(268_435_456),
  /** A larger answer is not kept. */
  WEIR_CACHE_MAX_ENTRY_BYTES: z.coerce.number().int().min(1_024).max(4_194_304).default(1_048_576),
  /** How long Redis may hold a request up, which then goes on without the cache. */
  WEIR_CACHE_TIMEOUT_MS: milliseconds.min(1).max(200).default(100),
  /** The same of all that a semantic answer takes: its vector, those that are near, and the entry. */
  WEIR_CACHE_SEMANTIC_TIMEOUT_MS: milliseconds.min(1).max(120).default(60),
  /** The folder `models` in it has the models that are given by their names. */
  WEIR_STATE_DIR: z.string().min(1).default('.weir'),
});

/** The schemas whose variables the service reads. */
export const configSchemas = [
  ...[settingsSchema, masterKeysConfigSchema, redisConfigSchema],
  ...[embedderConfigSchema, vectorStoreConfigSchema],
] as const;

export const configSchema = joinSchemas({
  settings: settingsSchema,
  masterKeys: masterKeysConfigSchema,
  redis: redisConfigSchema,
  embedder: embedderConfigSchema,
  vectors: vectorStoreConfigSchema,
}).transform(({ settings, ...others }) => ({
  maxBytes: settings.WEIR_CACHE_MAX_BYTES,
  maxEntryBytes: settings.WEIR_CACHE_MAX_ENTRY_BYTES,
  timeLimitMs: settings.WEIR_CACHE_TIMEOUT_MS,
  semanticTimeLimitMs: settings.WEIR_CACHE_SEMANTIC_TIMEOUT_MS,
  stateDir: settings.WEIR_STATE_DIR,
  ...others,
}));

export type CacheConfig = z.output<typeof configSchema>;
