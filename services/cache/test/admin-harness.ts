import {
  deleteCacheEntry,
  listCacheEntries,
  listCachePartitions,
  purgeCache,
  readCacheEntry,
  readCacheRules,
  writeCacheRules,
} from '@weir/contracts/admin/cache';
import { changeMade } from '@weir/contracts/audit-events';
import { cachePurges } from '@weir/contracts/cache/purges';
import { cacheRules } from '@weir/contracts/cache/rules';
import type { DataOf } from '@weir/contracts/descriptors';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import type { Store } from '@weir/service-kit/bus/store';
import { createLogger } from '@weir/service-kit/logger';
import type { RedisConnection } from '@weir/service-kit/redis/redis';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { servedFunctions } from '@weir/testkit/served-functions';
import { serveAdmin } from '../src/admin/serve-admin.ts';
import { PurgeList } from '../src/entries/purges.ts';
import type { PartitionRecord } from '../src/admin/list-partitions.ts';
import { PurgeSweeper } from '../src/purges/purge-sweeper.ts';
import { completionOf, entriesOn, newEntry, nowMs } from './entry-harness.ts';

interface CacheAdminOptions {
  readonly redis: RedisConnection;
  readonly clock?: FakeClock;
  readonly purgeStore?: Store<typeof cachePurges>;
  readonly partitions?: readonly PartitionRecord[];
}

/** Pages of what a test knows of partitions. */
const listOf =
  (all: readonly PartitionRecord[]) =>
  ({ after, limit, organisation }: { after?: string; limit: number; organisation?: string }) => {
    const wanted = all.filter((one) => organisation === undefined || one.organisation === organisation);
    const from = after === undefined ? 0 : Number(after);
    const next = from + limit < wanted.length ? { next: String(from + limit) } : {};
    return Promise.resolve({ partitions: wanted.slice(from, from + limit), ...next });
  };

/** One replica's administration on a real Redis, without a bus: what it serves, as functions, by who administers. */
export function createCacheAdmin(options: CacheAdminOptions) {
  const { redis, clock = new FakeClock(nowMs) } = options;
  const { purgeStore = new MemoryStore(cachePurges, { clock }) } = options;
  const { entries, orphaned } = entriesOn(redis);
  const logger = createLogger({ service: 'cache', instance: 'test', level: 'silent' });
  const purges = new PurgeList(purgeStore);
  const sweeper = new PurgeSweeper({ store: purgeStore, entries, redis, clock, logger });
  const changes: DataOf<typeof changeMade>[] = [];
  const publishDurable = (_event: unknown, data: unknown) => {
    changes.push(changeMade.data.parse(data));
  };
  const changeLog = createChangeLog({ bus: { publishDurable }, clock });
  const ruleStore = new MemoryStore(cacheRules, { clock });
  const partitions = { list: listOf(options.partitions ?? []) };
  const clocks = { clock, processClock: clock };
  const parts = { partitions, ruleStore, purgeStore, entries, purges, sweeper, changeLog, ...clocks };

  /** An admin of one organisation, or of all. */
  function admin(organisation?: string) {
    const reach = organisation === undefined ? {} : { organisation };
    const { serve, callOf } = servedFunctions({ id: 'a1', address: '192.0.2.1', sealingKey: 'X', ...reach });
    serveAdmin({ serve }, parts);
    const list = callOf(listCacheEntries);
    return {
      list: (asked: Partial<Parameters<typeof list>[0]> = {}) => list({ limit: 50, ...asked }),
      read: callOf(readCacheEntry),
      delete: callOf(deleteCacheEntry),
      purge: callOf(purgeCache),
      partitions: (asked: { limit?: number; after?: string; organisation_id?: string } = {}) =>
        callOf(listCachePartitions)({ limit: 50, ...asked }),
      readRules: callOf(readCacheRules),
      writeRules: callOf(writeCacheRules),
    };
  }

  return {
    ...{ admin, changes, clock, entries, orphaned, purges, purgeStore, sweeper },
    /** Keeps an answer, and answers with the entry's id. */
    async keep(name: string, given: Parameters<typeof newEntry>[1] = {}): Promise<string> {
      const entry = newEntry(name, given);
      await entries.put(entry, completionOf(`what ${name} says`), { nowMs: clock.nowMs() });
      return entry.id;
    },
    /** The names of nothing are left where all was purged. */
    size: async () => (await entries.size()).entries,
  };
}

export type CacheAdmin = ReturnType<typeof createCacheAdmin>;
