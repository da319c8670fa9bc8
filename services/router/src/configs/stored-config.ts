import type { ValueOf } from '@weir/contracts/bucket';
import { routingConfigs } from '@weir/contracts/routing/buckets';
import { routingConfigSchema, type RoutingConfig } from '@weir/contracts/routing/config';
import type { SecretsOptions } from '@weir/service-kit/admin/documents/document-secrets';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { configSecrets } from './config-secrets.ts';
import { readConfigValue } from './config-text.ts';

export type StoredConfig = ValueOf<typeof routingConfigs>;

/**
 * A stored config as it is used. Throws `invalid_config` where it is none that this version understands, and
 * `internal_error` where its secrets cannot be decrypted.
 */
export function openStored({ config }: StoredConfig, options: SecretsOptions): RoutingConfig {
  return configSecrets.decrypt(readConfigValue(config), options);
}

/** A stored config with its secrets encrypted; undefined where it is none that this version understands. */
export function readStored({ config }: StoredConfig): RoutingConfig | undefined {
  return routingConfigSchema.safeParse(config).data;
}

/** A stored config as admins see it; also one that this version does not understand, since somebody has to mend it. */
export function showStored(stored: StoredConfig, options: SecretsOptions): StoredConfig['config'] {
  const config = readStored(stored);
  return config ? configSecrets.mask(config, options) : withoutKeys(stored);
}

function withoutKeys({ config }: StoredConfig): StoredConfig['config'] {
  const text = JSON.stringify(config, (name, field: unknown) => (name === 'api_key' ? '****' : field));
  return routingConfigs.value.shape.config.parse(parseExactJson(text));
}
