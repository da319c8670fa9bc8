import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { allowedHostsSchema } from '@weir/service-kit/outbound/allowed-hosts';
import { joinSchemas } from '@weir/service-kit/joined-schemas';
import { z } from 'zod';

export const settingsSchema = z.object({
  /** Hosts of webhooks and moderation endpoints that are asked although they are private, or without https. */
  WEIR_ALLOWED_HOSTS: allowedHostsSchema.default([]),
});

/** The schemas whose variables the service reads. */
export const configSchemas = [settingsSchema, masterKeysConfigSchema] as const;

export const configSchema = joinSchemas({
  settings: settingsSchema,
  masterKeys: masterKeysConfigSchema,
}).transform(({ settings, masterKeys }) => ({
  allowedHosts: settings.WEIR_ALLOWED_HOSTS,
  masterKeys,
}));

export type GuardrailsConfig = z.output<typeof configSchema>;
