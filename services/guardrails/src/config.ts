import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { allowedHostsSchema } from '@weir/service-kit/outbound/allowed-hosts';
import { z } from 'zod';

export const settingsSchema = z.object({
  /** Hosts of webhooks and moderation endpoints that are asked although they are private, or without https. */
  WEIR_ALLOWED_HOSTS: allowedHostsSchema.default([]),
});

/** The schemas whose variables the service reads. */
export const configSchemas = [settingsSchema, masterKeysConfigSchema] as const;

export const configSchema = z.record(z.string(), z.unknown()).transform((env, context) => {
  const [settings, masterKeys] = [settingsSchema.safeParse(env), masterKeysConfigSchema.safeParse(env)];
  for (const { error } of [settings, masterKeys]) {
    for (const { path, message } of error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message, input: env });
    }
  }
  if (!settings.success || !masterKeys.success) return z.NEVER;
  return { allowedHosts: settings.data.WEIR_ALLOWED_HOSTS, masterKeys: masterKeys.data };
});

export type GuardrailsConfig = z.output<typeof configSchema>;
