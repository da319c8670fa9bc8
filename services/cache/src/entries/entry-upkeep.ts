import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { EntryStore } from './entry-store.ts';

interface EntryUpkeepParts {
  readonly entries: EntryStore;
  /** Told how much there is, each time it is looked at. */
  readonly onSize: (size: { entries: number; bytes: number }) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const intervalMs = 10_000;
/** So few at once that Redis has time for others in between. */
const atOnce = 500;
const mostRounds = 40;

/** Removes entries that are over, now and then; every replica does. The returned function ends it. */
export function startEntryUpkeep({ entries, onSize, clock, logger }: EntryUpkeepParts): () => Promise<void> {
  let isStopped = false;
  let working: Promise<void> | undefined;
  const work = async () => {
    try {
      for (let round = 0; round < mostRounds && !isStopped; round += 1)
        if ((await entries.sweep(clock.nowMs(), atOnce)) < atOnce) break;
      await onSize(await entries.size());
    } catch (error) {
      logger.debug({ err: error }, 'entries that are over were not removed');
    }
  };
  const stop = clock.every(intervalMs, () => {
    working ??= work().finally(() => {
      working = undefined;
    });
  });
  return async () => {
    isStopped = true;
    stop();
    await working;
  };
}
