import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { joinSchemas } from '@weir/service-kit/joined-schemas';
import { redisConfigSchema } from '@weir/service-kit/redis/redis-config';
import { z } from 'zod';

export const settingsSchema = z.object({
  /** How much Redis holds for the cache, roughly; beyond it the entries that would expire next make room. */
  WEIR_CACHE_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(268_435_456),
  /** A larger answer is not kept. */
  WEIR_CACHE_MAX_ENTRY_BYTES: z.coerce.number().int().min(1_024).max(4_194_304).default(1_048_576),
});

/** The schemas whose variables the service reads. */
export const configSchemas = [settingsSchema, masterKeysConfigSchema, redisConfigSchema] as const;

export const configSchema = joinSchemas({
  settings: settingsSchema,
  masterKeys: masterKeysConfigSchema,
  redis: redisConfigSchema,
}).transform(({ settings, masterKeys, redis }) => ({
  maxBytes: settings.WEIR_CACHE_MAX_BYTES,
  maxEntryBytes: settings.WEIR_CACHE_MAX_ENTRY_BYTES,
  masterKeys,
  redis,
}));

export type CacheConfig = z.output<typeof configSchema>;
