import type { Logger } from '@weir/service-kit/logger';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { CountedHolds } from './counted-holds.ts';
import type { EpochRecord } from './epoch-record.ts';
import type { HoldStore } from './hold-store.ts';
import type { Renewals } from './renewals.ts';
import { pagesOfIds, readHold, type StoredHold } from './stored-holds.ts';

interface CarryOverParts {
  readonly redis: Pick<RedisCommands, 'run'>;
  readonly holds: Pick<HoldStore, 'release'>;
  readonly renewals: Pick<Renewals, 'restore'>;
  readonly counted: Pick<CountedHolds, 'statesOf'>;
  readonly logger: Logger;
}

/**
 * Makes the holds that were there before an epoch part of it, many at once; but not those that are settled, as Redis has forgotten and
 * the ledger knows. Where the ledger is away all are: what is held too long expires, and is looked up again then.
 */
export async function carryOver(
  { redis, holds, renewals, counted, logger }: CarryOverParts,
  to: EpochRecord,
) {
  let isLedgerThere = true;
  const statesOf = async (page: readonly StoredHold[]) => {
    if (!isLedgerThere) return [];
    return counted.statesOf(page.map(({ hold }) => hold)).catch((error: unknown) => {
      isLedgerThere = false;
      logger.warn(
        { err: error },
        'the ledger cannot say which holds are settled: all are kept until they expire',
      );
      return [];
    });
  };
  for await (const ids of pagesOfIds(redis)) {
    const stored = await Promise.all(ids.map((id) => readHold(redis, id)));
    const earlier = stored.filter((held) => held !== undefined).filter(({ epoch }) => epoch !== to.text);
    const states = await statesOf(earlier);
    await Promise.all(
      earlier.map(({ hold, isOver }, i) =>
        states[i] === 'counted' ? holds.release(hold.id) : renewals.restore(hold, isOver),
      ),
    );
  }
}
