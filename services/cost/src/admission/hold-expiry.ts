import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { CountedHolds } from './counted-holds.ts';
import type { HoldStore } from './hold-store.ts';
import { adjustmentOf, expiredIds, readHold, type StoredHold } from './stored-holds.ts';

/** When a charge that was published and has not come back is published again. */
const chargeRetryMs = 60_000;

/** How many are looked at at once, and charged at the most before what they cost is published. */
const expiredPage = 200;

interface HoldExpiryParts {
  readonly redis: Pick<RedisCommands, 'run'>;
  readonly holds: Pick<HoldStore, 'expire' | 'release'>;
  readonly counted: Pick<CountedHolds, 'statesOf'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Charges holds of which nothing was heard, but not those whose usage the ledger has. */
export class HoldExpiry {
  readonly #parts: HoldExpiryParts;
  readonly #onExpired: () => void;

  constructor(parts: HoldExpiryParts) {
    this.#parts = parts;
    const expired = parts.metrics.counter({
      name: 'budget_holds_expired_total',
      help: 'Attempts that were charged in full, since nothing was heard of them',
    });
    this.#onExpired = () => {
      expired.inc();
    };
  }

  /** Rejects where the ledger has to be asked and is away, after others are charged: a page of them at once. */
  async chargeExpired(): Promise<void> {
    const { redis, holds, counted, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const unsure: StoredHold[] = [];
    let [charged, left] = [0, 0];
    // What cannot be charged yet stays the oldest, and others are looked for behind it.
    for (let ids = await this.#expired(nowMs, 0); ids.length > 0; ids = await this.#expired(nowMs, left)) {
      for (const id of ids) {
        const held = await readHold(redis, id);
        if (!held) await holds.release(id);
        else if (!held.isUnsure && (await this.#charge(held))) charged++;
        else left++;
        if (held?.isUnsure) unsure.push(held);
      }
      if (charged >= expiredPage) break;
    }
    const states = await counted.statesOf(unsure.map(({ hold }) => hold));
    for (const [i, held] of unsure.entries()) {
      if (states[i] === 'open') await this.#charge(held);
      if (states[i] === 'counted') await holds.release(held.hold.id);
    }
  }

  #expired(nowMs: number, offset: number): Promise<string[]> {
    return expiredIds(this.#parts.redis, { nowMs, offset, count: expiredPage });
  }

  /** Answers whether it was; it may have been renewed. */
  async #charge({ hold }: StoredHold): Promise<boolean> {
    const { holds, clock, logger } = this.#parts;
    const event = JSON.stringify(adjustmentOf(hold, 'expired'));
    const correction = JSON.stringify(adjustmentOf(hold, 'corrected'));
    const retryAtMs = clock.nowMs() + chargeRetryMs;
    if (!(await holds.expire(hold.id, { event, correction, retryAtMs }))) return false;
    this.#onExpired();
    logger.warn({ hold: hold.id }, 'an attempt is charged in full, since nothing was heard of it any more');
    return true;
  }
}
