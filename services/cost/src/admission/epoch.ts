import { randomBytes } from 'node:crypto';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { OnRedisReady } from '@weir/service-kit/redis/on-ready';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { z } from 'zod';
import { beginEpochScript } from './scripts/holds.ts';

export const epochKey = 'epoch';
/** The id of the epoch into which the holds have been carried over that were there before it. */
const carriedKey = 'carried';

/**
 * A little longer than a renewal: in this time the attempts that are under way are made known again. Until it is over nothing new is
 * admitted.
 */
export const reopeningMs = 6_000;

const retryMs = 50;

const epochSchema = z.object({
  id: z.string(),
  /** Of the Redis process that has kept everything since the epoch began. */
  runId: z.string(),
  /** Of the event stream whose sequences the counters' seeds mean. */
  streamCreatedAt: z.string(),
  /** The last sequence of that stream when it began or before: counters are read from a ledger that has all up to there. */
  beginsAfter: z.int().nonnegative(),
  /** Unix time in milliseconds from which it admits. */
  opensAtMs: z.int(),
});

/** A time in which Redis has lost nothing. `text` is what its key holds. */
export type EpochRecord = z.output<typeof epochSchema> & { readonly text: string };

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
  /** Of {@link carriedKey}, as far as this replica knows. */
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
    await this.#use?.redis.run('keep carried', (client) => client.set(carriedKey, id));
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
    const { text, carried, runId } = await redis.run('get epoch', async (client) => {
      const [text = null, carried = null] = await client.mget(epochKey, carriedKey);
      return { text, carried, runId: this.#runId };
    });
    // Asked afterwards: whatever a Redis that went before has been told of was in the stream by then.
    const position = await streamPosition();
    // It has gone in the meantime, and another may be there.
    if (runId === undefined || runId !== this.#runId) throw new Fault('service_unavailable');
    this.#carried = carried ?? undefined;
    const found = text === null ? undefined : parse(text);
    const isTrusted = found?.runId === runId && found.streamCreatedAt === position.streamCreatedAt;
    if (found && isTrusted) this.#adopt(found);
    else await this.#beginAnother(redis, { before: text ?? '', runId, position });
  }

  async #beginAnother(redis: RedisCommands, { before, runId, position }: Beginning): Promise<void> {
    // Where nothing was ever used nothing can have been lost.
    const isFirst = before === '' && position.lastSequence === 0 && !this.#hasBeenKnown;
    const { streamCreatedAt, lastSequence: beginsAfter } = position;
    const opensAtMs = this.#clock.nowMs() + (isFirst ? 0 : reopeningMs);
    const id = randomBytes(6).toString('hex');
    const text = JSON.stringify({ id, runId, streamCreatedAt, beginsAfter, opensAtMs });
    const now = await redis.script(beginEpochScript)([epochKey], [before, text]);
    if (now === text && !isFirst) {
      this.#logger.warn(
        { epoch: id },
        'Redis may have lost what budgets stand at: they are read from the ledger, and nothing is admitted for some seconds',
      );
    }
    const begun = parse(now);
    if (isFirst && now === text) await this.carried({ id });
    if (begun && begun.runId === this.#runId) this.#adopt(begun);
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

function parse(text: string): EpochRecord | undefined {
  try {
    return { ...epochSchema.parse(JSON.parse(text)), text };
  } catch {
    return undefined;
  }
}
