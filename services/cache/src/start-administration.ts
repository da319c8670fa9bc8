import { judgeAnswer } from '@weir/contracts/cache/lookup';
import type { cachePurges } from '@weir/contracts/cache/purges';
import type { cacheRules } from '@weir/contracts/cache/rules';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { PartitionList } from './admin/list-partitions.ts';
import { serveAdmin } from './admin/serve-admin.ts';
import type { EntryStore } from './entries/entry-store.ts';
import type { PurgeList } from './entries/purges.ts';
import { createJudgeAnswer } from './feedback/judge-answer.ts';
import type { ServedHit, ServedHits } from './hits/served-hits.ts';
import { PurgeSweeper } from './purges/purge-sweeper.ts';

interface AdministrationParts {
  readonly bus: Pick<Bus, 'serve' | 'publishDurable'>;
  readonly redis: RedisCommands;
  readonly ruleStore: Store<typeof cacheRules>;
  readonly purgeStore: Store<typeof cachePurges>;
  /** What is administered. */
  readonly tiers: {
    readonly entries: EntryStore;
    readonly purges: PurgeList;
    readonly served: ServedHits;
    readonly partitions: PartitionList;
    readonly recordVerdict: (hit: ServedHit, isRight: boolean) => Promise<void>;
  };
  /** That all replicas share. */
  readonly clock: Clock;
  /** Of requests' deadlines. */
  readonly processClock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Serves those who look after the cache, and callers who judge its answers; brings purges to their end. */
export function startAdministration(parts: AdministrationParts): { stop(): Promise<void> } {
  const { bus, redis, purgeStore, tiers, clock, logger, metrics } = parts;
  const sweeper = new PurgeSweeper({ store: purgeStore, entries: tiers.entries, redis, clock, logger });
  serveAdmin(bus, { ...parts, ...tiers, sweeper, changeLog: createChangeLog({ bus, clock }) });
  bus.serve(judgeAnswer, createJudgeAnswer({ ...tiers, redis, metrics }));
  sweeper.start();
  return { stop: () => sweeper.stop() };
}
