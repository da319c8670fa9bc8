import { randomBytes } from 'node:crypto';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { OnRedisReady } from '@weir/service-kit/redis/on-ready';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { type EpochRecord, putCarried, putEpoch, readEpoch } from './epoch-record.ts';

/**
 * A little longer than a renewal: in this time the attempts that are under way are made known again. Until it is over nothing new is
 * admitted.
 */
export const reopeningMs = 6_000;

const retryMs = 50;

/** Where the stream of usage events stands. */
export type StreamPosition = () => Promise<{
  readonly streamCreatedAt: string;
  readonly lastSequence: number;
}>;

interface Beginning {
  /** What the key held; empty for nothing. */
  readonly before: string;
  readonly runId: string;
  readonly position: Awaited<ReturnType<StreamPosition>>;
}

interface EpochUse {
  readonly redis: RedisCommands;
  readonly streamPosition: StreamPosition;
  /** Holds that have survived are to be made part of the new epoch. */
  readonly onBegun: () => void;
}

/**
 * Whether what Redis holds can be trusted. Counters belong to an epoch. A Redis whose epoch is missing has lost its data, and one that was
 * started again may have lost its newest: a new epoch begins, in which all counters are read from the ledger anew.
 */
export class Epoch {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #use: EpochUse | undefined;
  #runId: string | undefined;
  #current: EpochRecord | undefined;
  #refreshing: Promise<void> | undefined;
  #hasBeenKnown = false;
  /** The id of the last epoch into which all was carried over, as far as this replica knows. */
  #carried: string | undefined;
  #begun = 0;

  constructor({ clock, logger }: { clock: Clock; logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** How many this replica has begun or come to know. */
  get count(): number {
    return this.#begun;
  }

  get isKnown(): boolean {
    return this.#current !== undefined;
  }

  /** Throws `service_unavailable` where none is known. */
  get current(): EpochRecord {
    if (this.#current) return this.#current;
    throw new Fault('service_unavailable', { retryAfterMs: 1_000 });
  }

  /** The same, once it admits. */
  get open(): EpochRecord {
    const { current } = this;
    const inMs = current.opensAtMs - this.#clock.nowMs();
    if (inMs <= 0 && this.isCarried) return current;
    throw new Fault('service_unavailable', {
      message: 'Budgets are being read again from the ledger. Try again shortly.',
      retryAfterMs: inMs <= 0 ? 1_000 : Math.min(inMs, reopeningMs),
    });
  }

  /** Whether the holds that were there before the current one are part of it. */
  get isCarried(): boolean {
    return this.#current !== undefined && this.#carried === this.#current.id;
  }

  /** They are, for all replicas. */
  async carried({ id }: Pick<EpochRecord, 'id'>): Promise<void> {
    if (this.#use) await putCarried(this.#use.redis, id);
    this.#carried = id;
  }

  /** For `openRedis`: whoever is at a new connection, what it holds is to be looked at before it is used. */
  readonly onReady: OnRedisReady = async ({ runId }) => {
    this.#runId = runId;
    this.#current = undefined;
    // The connection may be used only when this is over.
    if (this.#use) this.#refreshSoon(0);
  };

  use(use: EpochUse): void {
    this.#use = use;
    this.#refreshSoon(0);
  }

  /** Until one is known: where nothing was used yet, the first one has nothing to be read from the ledger. */
  #refreshSoon(inMs: number): void {
    const runId = this.#runId;
    this.#clock.after(inMs, () => {
      if (this.#current || runId !== this.#runId) return;
      this.refresh().catch(() => {
        this.#refreshSoon(retryMs);
      });
    });
  }

  /** Looks at what is there, and begins a new epoch where that cannot be trusted. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    if (!this.#use) return;
    const { redis, streamPosition } = this.#use;
    const runId = this.#runId;
    const { text, record: found, carried } = await readEpoch(redis);
    // Asked afterwards: whatever a Redis that went before has been told of was in the stream by then.
    const position = await streamPosition();
    // It has gone in the meantime, and another may have answered.
    if (runId === undefined || runId !== this.#runId) throw new Fault('service_unavailable');
    this.#carried = carried;
    const isTrusted = found?.runId === runId && found.streamCreatedAt === position.streamCreatedAt;
    if (found && isTrusted) this.#adopt(found);
    else await this.#beginAnother(redis, { before: text, runId, position });
  }

  async #beginAnother(redis: RedisCommands, { before, runId, position }: Beginning): Promise<void> {
    // Where nothing was ever used nothing can have been lost.
    const isFirst = before === '' && position.lastSequence === 0 && !this.#hasBeenKnown;
    const { streamCreatedAt, lastSequence: beginsAfter } = position;
    const opensAtMs = this.#clock.nowMs() + (isFirst ? 0 : reopeningMs);
    const id = randomBytes(6).toString('hex');
    const epoch = { id, runId, streamCreatedAt, beginsAfter, opensAtMs };
    const { record, isBegun } = await putEpoch(redis, before, epoch);
    if (isBegun && !isFirst) {
      this.#logger.warn(
        { epoch: id },
        'Redis may have lost what budgets stand at: they are read from the ledger, and nothing is admitted for some seconds',
      );
    }
    if (isFirst && isBegun) await this.carried({ id });
    if (record && record.runId === this.#runId) this.#adopt(record);
  }

  #adopt(epoch: EpochRecord): void {
    const isNew = this.#current?.text !== epoch.text;
    this.#current = epoch;
    this.#hasBeenKnown = true;
    if (!isNew) return;
    this.#begun += 1;
    this.#use?.onBegun();
  }
}
