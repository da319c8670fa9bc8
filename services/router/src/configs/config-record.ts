import type { ReplyOf } from '@weir/contracts/descriptors';
import type { listConfigRevisions, readConfig } from '@weir/contracts/admin/routing-configs';
import type { StoreEntry, StoreRevision } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { showStored, type StoredConfig } from './stored-config.ts';

type ConfigRecord = ReplyOf<typeof readConfig>;
type ConfigRevision = ReplyOf<typeof listConfigRevisions>['data'][number];

/** A stored config as admins see it: with masked secrets. */
export function toConfigRecord(
  { key, revision, value }: StoreEntry<StoredConfig>,
  warnings: readonly string[],
  masterKeys: MasterKeys,
): ConfigRecord {
  return {
    name: key,
    revision,
    updated_at: toRfc3339(value.updatedAtMs),
    config: showStored(value, { name: key, masterKeys }),
    warnings: [...warnings],
  };
}

/** The same for what it once was. */
export function toConfigRevision(
  { key, revision, value, atMs }: StoreRevision<StoredConfig>,
  masterKeys: MasterKeys,
): ConfigRevision {
  return {
    name: key,
    revision,
    updated_at: toRfc3339(value?.updatedAtMs ?? atMs),
    config: value ? showStored(value, { name: key, masterKeys }) : null,
  };
}

function toRfc3339(atMs: number): string {
  return new Date(atMs).toISOString();
}
