import {
  deleteCacheEntry,
  listCacheEntries,
  listCachePartitions,
  purgeCache,
  readCacheEntry,
  readCacheRules,
  writeCacheRules,
} from '@weir/contracts/admin/cache';
import type { cachePurges } from '@weir/contracts/cache/purges';
import type { cacheRules } from '@weir/contracts/cache/rules';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { EntryStore } from '../entries/entry-store.ts';
import type { PurgeList } from '../entries/purges.ts';
import type { PurgeSweeper } from '../purges/purge-sweeper.ts';
import { createEntriesAdmin } from './entries-admin.ts';
import { createListPartitions, type PartitionList } from './list-partitions.ts';
import { createPurgeCache } from './purge-cache.ts';
import { createRulesAdmin } from './rules-admin.ts';

interface AdminParts {
  readonly ruleStore: Store<typeof cacheRules>;
  readonly purgeStore: Store<typeof cachePurges>;
  readonly entries: EntryStore;
  readonly purges: PurgeList;
  readonly partitions: PartitionList;
  readonly sweeper: PurgeSweeper;
  readonly changeLog: ChangeLog;
  readonly clock: Clock;
  readonly processClock: Clock;
}

/** All that administers the cache. Any replica answers: what each knows by itself is the same in all. */
export function serveAdmin(bus: Pick<Bus, 'serve'>, parts: AdminParts): void {
  const rules = createRulesAdmin({ ...parts, store: parts.ruleStore });
  const entries = createEntriesAdmin(parts);
  bus.serve(readCacheRules, rules.read);
  bus.serve(writeCacheRules, rules.write);
  bus.serve(listCacheEntries, entries.list);
  bus.serve(readCacheEntry, entries.read);
  bus.serve(deleteCacheEntry, entries.delete);
  bus.serve(purgeCache, createPurgeCache({ ...parts, store: parts.purgeStore }));
  bus.serve(listCachePartitions, createListPartitions(parts.partitions));
}
