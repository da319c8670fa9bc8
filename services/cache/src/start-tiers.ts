import { answerSettled, awaitAnswer, lookUpAnswer, storeAnswer } from '@weir/contracts/cache/lookup';
import type { cachePurges } from '@weir/contracts/cache/purges';
import type { Embedder } from '@weir/embeddings/embedder';
import type { Coefficients } from '@weir/semantic-match/coefficients';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { CacheMetrics } from './cache-metrics.ts';
import type { VectorStore } from './domain/vector-store.ts';
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
import { ServedHits } from './hits/served-hits.ts';
import { NearestQuestions } from './semantic/nearest-questions.ts';
import { PrecisionStore } from './semantic/precision-store.ts';
import { SemanticTier } from './semantic/semantic-tier.ts';
import { VerdictRecorder } from './semantic/verdict-recorder.ts';

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
  /** Absent where there is nowhere to look for questions. */
  readonly semantic: SemanticParts | undefined;
  /** That all replicas share: by it they keep their answers. */
  readonly clock: Clock;
  /** Of requests' deadlines. */
  readonly processClock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What the semantic tier stands on. */
interface SemanticParts {
  readonly embedder: Embedder;
  readonly vectors: VectorStore;
  /** As the embedder was calibrated. */
  readonly coefficients: Coefficients;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** What all of it may cost a request. */
  readonly timeLimitMs: number;
}

/** Requests at one replica that wait for others' answers; more go on by themselves. */
const mostWaits = 10_000;

/** Serves look-ups and what comes after them. */
export function startTiers(parts: TierParts) {
  const { bus, redis, hmacKey, maxBytes, maxEntryBytes, timeLimitMs, clock, processClock, logger } = parts;
  const metrics = new CacheMetrics(parts.metrics);
  const purges = new PurgeList(parts.purges);
  const questions = parts.semantic && new NearestQuestions({ ...parts.semantic, clock, logger });
  const entries = new EntryStore({
    ...{ redis, maxBytes, maxEntryBytes },
    onVectorsOrphaned: (ids) => questions?.forget(ids),
    onCorrupt: () => {
      metrics.corrupt();
    },
  });
  const served = new ServedHits(redis);
  const recorder = new HitRecorder({ entries, served, clock, logger });
  const waits = new AnswerWaits({ clock, max: mostWaits });
  const exact = new ExactTier({ entries, purges });
  const precision = new PrecisionStore({ redis, clock });
  const verdicts = new VerdictRecorder({ entries, precision, metrics, logger });
  const semantic =
    parts.semantic &&
    questions &&
    new SemanticTier({
      ...{ questions, entries, purges, verdicts, metrics, clock },
      ...{ embedderId: parts.semantic.embedder.id, coefficients: parts.semantic.coefficients },
      ...{ random: parts.semantic.random, timeLimitMs: parts.semantic.timeLimitMs },
    });
  const serveHit = createServeHit({ bus, recorder });
  const asking = { exact, semantic, serveHit, hmacKey, metrics, clock, timeLimitMs };
  bus.subscribe(answerSettled, (settled) => {
    waits.settled(settled);
  });
  bus.serve(lookUpAnswer, createLookUpAnswer(asking));
  bus.serve(awaitAnswer, createAwaitAnswer({ ...asking, waits, processClock }));
  bus.serve(storeAnswer, createStoreAnswer({ entries, purges, semantic, bus, metrics, clock, logger }));
  const stopUpkeep = startEntryUpkeep({
    ...{ entries, clock, logger },
    onSize: async (size) => {
      metrics.sized(size, await precision.stoppedCount());
    },
  });
  return {
    ...{ entries, purges, served },
    partitions: precision,
    /** A caller's verdict on a semantic answer. */
    recordVerdict: verdicts.recordVerdict,
    stop: stopUpkeep,
    /** Writes what is not written yet. */
    flush: () => recorder.flush(),
  };
}
