import type { readCacheRules, writeCacheRules } from '@weir/contracts/admin/cache';
import type { cacheRules } from '@weir/contracts/cache/rules';
import { type CacheRule, cacheRulesKey } from '@weir/contracts/cache/rules';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { toWriteOptions } from '@weir/service-kit/admin/documents/document-kind';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { stateOf, type Store, type StoreEntry } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';

interface Dependencies {
  readonly store: Pick<Store<typeof cacheRules>, 'get' | 'unreadable' | 'put'>;
  readonly changeLog: ChangeLog;
  readonly clock: Clock;
}

type RulesRecord = ReplyOf<typeof readCacheRules>;

interface RulesAdmin {
  readonly read: EndpointHandler<typeof readCacheRules>;
  readonly write: EndpointHandler<typeof writeCacheRules>;
}

/** How admins read and write the list of cache rules, which is one document. */
export function createRulesAdmin({ store, changeLog, clock }: Dependencies): RulesAdmin {
  return {
    read: () => toRecord(store.get(cacheRulesKey)),

    async write({ data: { rules, expectedRevision }, envelope }) {
      // Those that cannot be read are mended by being written over.
      const entry = stateOf(store, cacheRulesKey);
      const before = entry?.fault ? undefined : entry?.value.rules;
      const value = { rules, updatedAtMs: clock.nowMs() };
      const revision = await store.put(cacheRulesKey, value, toWriteOptions(expectedRevision));
      changeLog.record(envelope, {
        action: 'cache-rules.write',
        organisation: null,
        target: { kind: 'cache-rules', id: cacheRulesKey },
        before: shown(before),
        after: shown(rules),
      });
      return toRecord({ key: cacheRulesKey, value, revision });
    },
  };
}

function toRecord(entry: StoreEntry<{ rules: CacheRule[]; updatedAtMs: number }> | undefined): RulesRecord {
  if (!entry) return { rules: [], revision: 0, updated_at: null };
  const { revision, value } = entry;
  return { rules: value.rules, revision, updated_at: new Date(value.updatedAtMs).toISOString() };
}

const shown = (rules: CacheRule[] | undefined) => (rules ? { rules } : null);
