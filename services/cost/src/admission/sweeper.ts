import { usageAdjusted } from '@weir/contracts/usage-events';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { Bus } from '@weir/service-kit/bus/bus';
import { type Clock, isDoneWithin } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { Epoch } from './epoch.ts';
import type { EpochRecord } from './epoch-record.ts';
import type { HoldExpiry } from './hold-expiry.ts';
import { expiriesKey, outboxKey } from './hold-store.ts';

const intervalMs = 1_000;
/** Held by the replica whose turn it is, so that the others do not do the same; and for no longer, should it have died. */
const turnKey = 'sweeper';
const longestTurnMs = 10_000;
/** How often it is looked whether the stream of events is still the same. */
const epochCheckMs = 10_000;
/** How long a round waits for the stream to have what was published: the outbox keeps what is not there by then. */
const publishedWithinMs = 2_000;
/** Events of the outbox at once. */
const outboxPage = 200;

interface SweeperParts {
  readonly redis: Pick<RedisCommands, 'run'>;
  readonly bus: Pick<Bus, 'publishDurable' | 'durablePublished'>;
  readonly epoch: Pick<Epoch, 'isKnown' | 'isCarried' | 'current' | 'refresh' | 'carried'>;
  readonly expiry: Pick<HoldExpiry, 'chargeExpired'>;
  /** Makes the holds that were there before an epoch part of it. */
  readonly carryOver: (to: EpochRecord) => Promise<void>;
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
  #running: Promise<void> | undefined;
  #stop: (() => void) | undefined;
  #epochCheckedAtMs = 0;
  /** What of the outbox was published and is not stored yet, which takes as long as JetStream is away. */
  readonly #onTheirWay = new Set<string>();
  #holdCount = 0;
  #isFailing = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
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
    const { redis, epoch, expiry, isKnown, clock } = this.#parts;
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
      // What is charged is published, also where the ledger cannot say what else is to be.
      await expiry.chargeExpired().finally(() => this.#publishOutbox());
    } finally {
      await redis.run('end turn', (client) => client.del(turnKey));
    }
  }

  /** Until that is done nothing is admitted. */
  async #carryOver(current: EpochRecord): Promise<void> {
    await this.#parts.carryOver(current);
    await this.#parts.epoch.carried(current);
  }

  /** The events are in the stream before they leave the outbox; each may come twice, by the same id. */
  async #publishOutbox(): Promise<void> {
    const { redis, bus, clock } = this.#parts;
    const ids = await this.#publishPage();
    if (ids.length === 0) return;
    try {
      // While JetStream is away holds expire all the same, and what they cost follows what waits already.
      if (!(await isDoneWithin(bus.durablePublished(), publishedWithinMs, clock))) return;
    } catch (lost) {
      this.#onTheirWay.clear();
      throw lost;
    }
    this.#onTheirWay.clear();
    await redis.run('clear outbox', (client) => client.hdel(outboxKey, ...ids));
  }

  /** Answers with what is on its way then, of what the outbox has. */
  async #publishPage(): Promise<string[]> {
    const { redis, bus } = this.#parts;
    const [, pairs] = await redis.run('read outbox', (client) =>
      client.hscan(outboxKey, 0, 'COUNT', outboxPage),
    );
    const ids = pairs.filter((_, i) => i % 2 === 0);
    for (const [i, id] of ids.entries()) {
      if (this.#onTheirWay.has(id)) continue;
      const data = usageAdjusted.data.parse(parseOwnJson(pairs[2 * i + 1] ?? ''));
      bus.publishDurable(usageAdjusted, data, id);
      this.#onTheirWay.add(id);
    }
    return ids;
  }
}
