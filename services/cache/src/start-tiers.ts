import { answerSettled, awaitAnswer, lookUpAnswer, storeAnswer } from '@weir/contracts/cache/lookup';
import type { cachePurges } from '@weir/contracts/cache/purges';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { CacheMetrics } from './cache-metrics.ts';
import { createAwaitAnswer } from './endpoints/await-answer.ts';
import { createLookUpAnswer } from './endpoints/look-up-answer.ts';
import { createStoreAnswer } from './endpoints/store-answer.ts';
import { EntryStore } from './entries/entry-store.ts';
import { startEntryUpkeep } from './entries/entry-upkeep.ts';
import { PurgeList } from './entries/purges.ts';
import { AnswerWaits } from './exact/answer-waits.ts';
import { ExactTier } from './exact/exact-tier.ts';
import { HitRecorder } from './hits/hit-recorder.ts';
import { createServeHit } from './hits/serve-hit.ts';
import { type ServedHit, ServedHits } from './hits/served-hits.ts';

interface TierParts {
  readonly bus: Bus;
  readonly redis: RedisCommands;
  readonly purges: Store<typeof cachePurges>;
  /** Of the keys. */
  readonly hmacKey: Buffer;
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
  /** What Redis may cost a request at the most. */
  readonly timeLimitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Requests at one replica that wait for others' answers; more go on by themselves. */
const mostWaits = 10_000;

/** Serves look-ups and what comes after them. */
export function startTiers(parts: TierParts) {
  const { bus, redis, hmacKey, maxBytes, maxEntryBytes, timeLimitMs, clock, logger } = parts;
  const metrics = new CacheMetrics(parts.metrics);
  const purges = new PurgeList(parts.purges);
  const entries = new EntryStore({
    ...{ redis, maxBytes, maxEntryBytes },
    onVectorsOrphaned: () => undefined,
    onCorrupt: () => {
      metrics.corrupt();
    },
  });
  const served = new ServedHits(redis);
  const recorder = new HitRecorder({ entries, served, clock, logger });
  const waits = new AnswerWaits({ clock, max: mostWaits });
  const exact = new ExactTier({ entries, purges });
  const semantic = undefined;
  const serveHit = createServeHit({ bus, recorder });
  const asking = { exact, semantic, serveHit, hmacKey, metrics, clock, timeLimitMs };
  bus.subscribe(answerSettled, (settled) => {
    waits.settled(settled);
  });
  bus.serve(lookUpAnswer, createLookUpAnswer(asking));
  bus.serve(awaitAnswer, createAwaitAnswer({ ...asking, waits }));
  bus.serve(storeAnswer, createStoreAnswer({ entries, purges, semantic, bus, metrics, clock, logger }));
  const stopUpkeep = startEntryUpkeep({
    ...{ entries, clock, logger },
    onSize: async (size) => {
      metrics.sized(size, 0);
    },
  });
  return {
    ...{ entries, purges, served },
    /** Nothing has been looked at. */
    partitions: { list: () => Promise.resolve({ partitions: [] }) },
    /** A caller's verdict on a semantic answer. */
    recordVerdict: ({ entry, similarity = 1 }: ServedHit, isRight: boolean) =>
      entries.observe(entry, { similarity, correct: isRight }),
    stop: stopUpkeep,
    /** Writes what is not written yet. */
    flush: () => recorder.flush(),
  };
}
