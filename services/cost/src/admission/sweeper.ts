import { usageAdjusted } from '@weir/contracts/usage-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import { type Clock, isDoneWithin } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { EnteredAttempts } from '../domain/entered-attempts.ts';
import type { Epoch, EpochRecord } from './epoch.ts';
import { adjustmentOf, attemptIdOf, expiredIds, pagesOfIds, readHold } from './stored-holds.ts';
import { expiriesKey, type HoldStore, outboxKey } from './hold-store.ts';
import type { Renewals } from './renewals.ts';

const intervalMs = 1_000;
/** Held by the replica whose turn it is, so that the others do not do the same; and for no longer, should it have died. */
const turnKey = 'sweeper';
const longestTurnMs = 10_000;
/** How often it is looked whether the stream of events is still the same. */
const epochCheckMs = 10_000;
/** When a charge that was published and has not come back is published again. */
const chargeRetryMs = 60_000;
/** How long a round waits for the stream to have what was published: the outbox keeps what is not there by then. */
const publishedWithinMs = 2_000;
/** Events of the outbox at once. */
const outboxPage = 200;

interface SweeperParts {
  readonly redis: Pick<RedisCommands, 'run'>;
  readonly bus: Pick<Bus, 'publishDurable' | 'durablePublished'>;
  readonly epoch: Pick<Epoch, 'isKnown' | 'isCarried' | 'current' | 'refresh' | 'carried'>;
  readonly holds: Pick<HoldStore, 'expire' | 'release'>;
  readonly renewals: Pick<Renewals, 'restore'>;
  readonly entered: EnteredAttempts;
  readonly isKnown: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What has to be done now and then, by one replica at a time: all of it may be done twice. Holds of which nothing was heard are
 * charged, what the outbox has is published, and holds that have survived the end of an epoch become part of the next.
 */
export class Sweeper {
  readonly #parts: SweeperParts;
  readonly #onExpired: () => void;
  #running: Promise<void> | undefined;
  #stop: (() => void) | undefined;
  #epochCheckedAtMs = 0;
  #holdCount = 0;
  #isFailing = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    const expired = parts.metrics.counter({
      name: 'budget_holds_expired_total',
      help: 'Attempts that were charged in full, since nothing was heard of them',
    });
    this.#onExpired = () => {
      expired.inc();
    };
    parts.metrics.gauge({ name: 'budget_holds', help: 'Attempts that are held for' }, () => this.#holdCount);
  }

  start(): void {
    this.#stop = this.#parts.clock.every(intervalMs, () => void this.sweep());
  }

  /** Resolves when what was begun is done. */
  async stop(): Promise<void> {
    this.#stop?.();
    await this.#running;
  }

  /** One round; where one is under way, that one. */
  sweep(): Promise<void> {
    this.#running ??= this.#sweep()
      .then(() => {
        this.#isFailing = false;
      })
      .catch((error: unknown) => {
        if (!this.#isFailing) this.#parts.logger.warn({ err: error }, 'holds cannot be looked after');
        this.#isFailing = true;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #sweep(): Promise<void> {
    const { redis, epoch, isKnown, clock } = this.#parts;
    const isDue = clock.nowMs() - this.#epochCheckedAtMs >= epochCheckMs;
    if (!epoch.isKnown || !epoch.isCarried || isDue) {
      await epoch.refresh();
      this.#epochCheckedAtMs = clock.nowMs();
    }
    // Without the limits nobody knows what a hold is part of.
    if (!epoch.isKnown || !isKnown()) return;
    this.#holdCount = await redis.run('count holds', (client) => client.zcard(expiriesKey));
    const isOurTurn = await redis.run('take turn', (client) =>
      client.set(turnKey, 1, 'PX', longestTurnMs, 'NX'),
    );
    if (!isOurTurn) return;
    try {
      if (!epoch.isCarried) await this.#carryOver(epoch.current);
      for (const id of await expiredIds(redis, clock.nowMs())) await this.#expire(id);
      await this.#publishOutbox();
    } finally {
      await redis.run('end turn', (client) => client.del(turnKey));
    }
  }

  /** Holds that were made before the epoch are restored in it, many at once: until that is done nothing is admitted. */
  async #carryOver(current: EpochRecord): Promise<void> {
    const { redis, renewals, epoch } = this.#parts;
    for await (const ids of pagesOfIds(redis))
      await Promise.all(
        ids.map(async (id) => {
          const held = await readHold(redis, id);
          if (held && held.epoch !== current.text) await renewals.restore(held.hold, held.isOver);
        }),
      );
    await epoch.carried(current);
  }

  async #expire(id: string): Promise<void> {
    const { redis, holds, entered, clock, logger } = this.#parts;
    const held = await readHold(redis, id);
    if (!held) {
      await holds.release(id, { isCounted: false });
      return;
    }
    const { hold, isUnsure } = held;
    if (isUnsure && (await entered.isEntered(attemptIdOf(hold)))) {
      await holds.release(id, { isCounted: true });
      return;
    }
    const event = JSON.stringify(adjustmentOf(hold, 'expired'));
    const correction = JSON.stringify(adjustmentOf(hold, 'corrected'));
    const retryAtMs = clock.nowMs() + chargeRetryMs;
    if (!(await holds.expire(id, { event, correction, retryAtMs }))) return;
    this.#onExpired();
    logger.warn({ hold: id }, 'an attempt is charged in full, since nothing was heard of it any more');
  }

  /** The events are in the stream before they leave the outbox; each may come twice, by the same id. */
  async #publishOutbox(): Promise<void> {
    const { redis, bus, clock } = this.#parts;
    const [, pairs] = await redis.run('read outbox', (client) =>
      client.hscan(outboxKey, 0, 'COUNT', outboxPage),
    );
    const ids = pairs.filter((_, i) => i % 2 === 0);
    if (ids.length === 0) return;
    for (const [i, id] of ids.entries()) {
      const data = usageAdjusted.data.parse(JSON.parse(pairs[2 * i + 1] ?? ''));
      bus.publishDurable(usageAdjusted, data, id);
    }
    // While JetStream is away holds expire all the same.
    if (!(await isDoneWithin(bus.durablePublished(), publishedWithinMs, clock))) return;
    await redis.run('clear outbox', (client) => client.hdel(outboxKey, ...ids));
  }
}
