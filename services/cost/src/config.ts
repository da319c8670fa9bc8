import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { allowedHostsSchema } from '@weir/service-kit/outbound/allowed-hosts';
import { redisConfigSchema } from '@weir/service-kit/redis/redis-config';
import { joinSchemas } from '@weir/service-kit/joined-schemas';
import { z } from 'zod';

export const settingsSchema = z.object({
  /** How much of the usage events is kept in JetStream: what is not accounted for yet, and before that what is. */
  WEIR_USAGE_STREAM_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(1_073_741_824),
  /** Where prices are synced from: genai-prices' data, or another gateway's export. */
  WEIR_PRICES_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** How often they are, without being asked; never without it. */
  WEIR_PRICES_SYNC_INTERVAL_MS: z.coerce.number().int().min(60_000).max(604_800_000).optional(),
  /** Hosts of webhooks and of prices that are asked although they are private, or without https. */
  WEIR_ALLOWED_HOSTS: allowedHostsSchema.default([]),
  /** How many past months of the ledger's rows are kept, beside the current one; all of them without it. Rollups are kept for ever. */
  WEIR_USAGE_RETENTION_MONTHS: z.coerce.number().int().min(2).max(1_200).optional(),
  /** How often ledger, rollups and counters of budgets are compared with each other. */
  WEIR_RECONCILIATION_INTERVAL_MS: z.coerce.number().int().min(10_000).max(86_400_000).default(300_000),
});

/** The schemas whose variables the service reads. */
export const configSchemas = [
  settingsSchema,
  masterKeysConfigSchema,
  databaseConfigSchema,
  redisConfigSchema,
] as const;

export const configSchema = joinSchemas({
  settings: settingsSchema,
  masterKeys: masterKeysConfigSchema,
  database: databaseConfigSchema,
  redis: redisConfigSchema,
}).transform(({ settings, masterKeys, database, redis }) => ({
  usageStreamMaxBytes: settings.WEIR_USAGE_STREAM_MAX_BYTES,
  masterKeys,
  prices: {
    url: settings.WEIR_PRICES_URL,
    syncIntervalMs: settings.WEIR_PRICES_SYNC_INTERVAL_MS,
  },
  allowedHosts: settings.WEIR_ALLOWED_HOSTS,
  usageRetentionMonths: settings.WEIR_USAGE_RETENTION_MONTHS,
  reconciliationIntervalMs: settings.WEIR_RECONCILIATION_INTERVAL_MS,
  database,
  redis,
}));

export type CostConfig = z.output<typeof configSchema>;
