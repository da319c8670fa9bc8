import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { forgetIdempotencyKeys } from './changes/idempotency.ts';
import { removeEndedSecrets } from './tables/virtual-keys.ts';

interface HousekeepingParts {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly logger: Logger;
}

const intervalMs = 600_000;

/** Removes what nobody needs any more, from time to time, until the returned function is called. */
export function startHousekeeping({ clock, database, logger }: HousekeepingParts): () => void {
  return clock.every(intervalMs, () => {
    const removals = [forgetIdempotencyKeys(database), removeEndedSecrets(database)];
    void Promise.all(removals).catch((thrown: unknown) => {
      logger.warn({ err: Fault.from(thrown) }, 'what is over could not be removed; it is tried again later');
    });
  });
}
