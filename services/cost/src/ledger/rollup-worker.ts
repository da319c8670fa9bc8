import type { Clock } from '@weir/service-kit/clock';
import type { Database } from '@weir/service-kit/database/database';
import type { Query } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { refreshRollups } from './rollups.ts';
import type { ZoneSync } from './time-zones.ts';

interface RollupWorkerParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly zones: Pick<ZoneSync, 'syncOne'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const intervalMs = 1_000;
/** How long nobody works after a round; and how many times as long as the round has taken, so that it is a quarter of the time. */
const pause = { leastMs: 2_000, timesAsLong: 3, mostMs: 60_000 };

/** The row of the worker, unless another replica has it now or it is too early. */
const take: Query = {
  name: 'rollup.take-turn',
  text: 'select from rollup_worker where due_at <= now() for update skip locked',
};
const finish: Query = {
  name: 'rollup.finish-turn',
  text: `update rollup_worker
    set computed_at = now(), due_at = clock_timestamp() + $1 * interval '1 millisecond'`,
};

/** Brings the rollups up to date, one replica at a time, and for no more than a quarter of the time. */
export class RollupWorker {
  readonly #parts: RollupWorkerParts;
  #working: Promise<void> | undefined;
  #notBeforeMs = -Infinity;
  #stop: (() => void) | undefined;

  constructor(parts: RollupWorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stop = this.#parts.clock.every(intervalMs, () => {
      if (this.#parts.clock.nowMs() < this.#notBeforeMs) return;
      this.#working ??= this.#work().finally(() => {
        this.#working = undefined;
      });
    });
  }

  /** Resolves when what was begun is done. */
  async stop(): Promise<void> {
    this.#stop?.();
    await this.#working;
  }

  /** One round, where it is this replica's turn. Resolves with whether it was, and left nothing to do. */
  round(): Promise<'done' | 'more' | 'not-now'> {
    const { clock, database, zones } = this.#parts;
    const startedAtMs = clock.nowMs();
    return database.transaction(async (transaction) => {
      const { rowCount } = await transaction.query(take);
      if (rowCount === 0) return 'not-now';
      const refreshed = await refreshRollups(transaction);
      const hasMoved = await zones.syncOne(transaction);
      await transaction.query(finish, [pauseAfter(clock.nowMs() - startedAtMs)]);
      return refreshed > 0 || hasMoved ? 'more' : 'done';
    });
  }

  async #work(): Promise<void> {
    const { clock, logger } = this.#parts;
    const startedAtMs = clock.nowMs();
    try {
      await this.round();
    } catch (thrown) {
      logger.warn({ err: Fault.from(thrown) }, 'rollups could not be brought up to date; it is tried again');
    }
    // Also after a failure, when there is no turn that others could wait for.
    const workedMs = clock.nowMs() - startedAtMs;
    this.#notBeforeMs = clock.nowMs() + pauseAfter(workedMs) - intervalMs;
  }
}

function pauseAfter(workedMs: number): number {
  return Math.min(pause.mostMs, Math.max(pause.leastMs, pause.timesAsLong * workedMs));
}
