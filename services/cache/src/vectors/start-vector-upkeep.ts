import { backoffMs } from '@weir/service-kit/backoff';
import { type Clock, waitUnlessAborted } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { VectorStore } from '../domain/vector-store.ts';

interface VectorUpkeepParts {
  readonly vectors: VectorStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const retryPause = { firstMs: 1_000, longestMs: 30_000 };
/** What is started together with the cache makes its data meanwhile, the first time. */
const patienceMs = 15_000;
const sweepEveryMs = 300_000;
const sweptAtOnce = 1_000;

/**
 * Makes what the vector store needs at its server, and tries again until it can; then removes what has expired, now and then. Until then,
 * and whenever it fails, there are no semantic answers. The returned function ends it.
 */
export function startVectorUpkeep({ vectors, clock, logger }: VectorUpkeepParts): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const untilReady = async () => {
    const warnAtMs = clock.nowMs() + patienceMs;
    let isWarned = false;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await vectors.ensure();
        logger.info(`questions are kept in ${await vectors.describe()}`);
        return;
      } catch (error) {
        if (!isWarned && clock.nowMs() >= warnAtMs) {
          isWarned = true;
          logger.warn({ err: error }, 'the vector store cannot be used: no semantic answers until it can');
        }
        await waitUnlessAborted(backoffMs(failures, retryPause), signal, clock);
      }
    }
  };
  const sweep = async () => {
    while (!signal.aborted) {
      try {
        if (await vectors.sweepExpired(clock.nowMs(), sweptAtOnce)) continue;
      } catch (error) {
        logger.debug({ err: error }, 'expired questions were not removed');
      }
      await waitUnlessAborted(sweepEveryMs, signal, clock);
    }
  };
  const working = untilReady().then(sweep);
  return async () => {
    ending.abort();
    await working;
  };
}
