import type { ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import type { listConfigRevisions, readConfig, writeConfig } from '@weir/contracts/admin/routing-configs';
import type { StoreEntry, StoreRevision, WriteOptions } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { Change } from '@weir/service-kit/admin/change-log';
import { showStored, type StoredConfig } from './stored-config.ts';
import { Fault } from '@weir/service-kit/fault';

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

/** What the audit log is told of a change. */
export function configChange(
  action: string,
  name: string,
  { before, after }: { before?: StoredConfig | undefined; after?: StoredConfig },
  masterKeys: MasterKeys,
): Change {
  const shown = (state: StoredConfig | undefined) => (state ? showStored(state, { name, masterKeys }) : null);
  const target = { kind: 'config', id: name };
  return { action, organisation: null, target, before: shown(before), after: shown(after) };
}

function toRfc3339(atMs: number): string {
  return new Date(atMs).toISOString();
}

type ExpectedRevision = RequestOf<typeof writeConfig>['expectedRevision'];

/** What a change expects to find, as stores are told it. */
export function toWriteOptions(expected: ExpectedRevision): WriteOptions {
  if (expected === undefined) return {};
  return { expectedRevision: expected === 'none' ? 0 : expected };
}

/** Names are at most this long; what is longer was never one. */
const maxShown = 64;

export function configNotFound(name: string): Fault {
  const message = `There is no routing config ${JSON.stringify(name.slice(0, maxShown))}.`;
  return new Fault('config_not_found', { message, param: 'config' });
}
