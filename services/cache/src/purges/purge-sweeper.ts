import type { CachePurge, cachePurges } from '@weir/contracts/cache/purges';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { EntryStore } from '../entries/entry-store.ts';
import { isPurged } from '../entries/purges.ts';

/** How often it is looked for purges that nobody has brought to their end. */
const intervalMs = 30_000;
/** A replica that has not said for so long that it sweeps has died. */
const turnMs = 30_000;
/** Entries at once: what others wait for meanwhile, at Redis and in this process, is one or two milliseconds each. */
const pageEntries = 100;
/** As long as the bucket keeps the purge. */
const sweptMs = 86_400_000;

interface SweeperParts {
  readonly store: Pick<Store<typeof cachePurges>, 'entries' | 'watch'>;
  readonly entries: Pick<EntryStore, 'list' | 'delete'>;
  readonly redis: Pick<RedisCommands, 'run'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How far the deletion of what is purged has come. */
export interface Sweep {
  /** How many entries were deleted by now. */
  readonly purged: number;
  /** Whether all are that were there when it began. */
  readonly isComplete: boolean;
  /** Resolves at its end; rejects where Redis fails, and then the sweeper tries again by itself. */
  readonly done: Promise<void>;
}

/**
 * Deletes what was purged. A purge holds without it, as long as the bucket has it, which is a day: so it has to come to its end,
 * whichever replica dies in between. One replica at a time sweeps for a purge, and Redis knows which purges are done. That is when
 * they were swept for once more, half a minute later: a replica that had not heard of the purge may have kept an answer meanwhile.
 */
export class PurgeSweeper {
  readonly #parts: SweeperParts;
  readonly #swept = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  #stopTimer: (() => void) | undefined;
  #isStopping = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    parts.store.watch((id, purge) => {
      if (!purge) this.#swept.delete(id);
    });
  }

  start(): void {
    this.#stopTimer = this.#parts.clock.every(intervalMs, () => void this.resume());
  }

  /** Resolves when nothing is under way; another replica goes on with the rest. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopTimer?.();
    await Promise.allSettled(this.#running.values());
  }

  /** Begins at once, for a purge that was just made. */
  begin(id: string, purge: CachePurge): Sweep {
    const progress = { purged: 0, isComplete: false };
    const done = this.#run(id, purge, progress);
    done.catch((error: unknown) => {
      this.#parts.logger.warn({ err: error, purge: id }, 'what was purged cannot be deleted yet');
    });
    return Object.assign(progress, { done });
  }

  /** Goes on with purges that nobody sweeps for any more. Never rejects. */
  async resume(): Promise<void> {
    for (const { key: id, value } of [...this.#parts.store.entries()]) {
      if (this.#swept.has(id) || this.#running.has(id) || this.#isStopping) continue;
      try {
        if (!(await this.#isOurTurn(id))) continue;
        const progress = { purged: 0, isComplete: false };
        await this.#run(id, value, progress);
        if (progress.isComplete) await this.#setTurn(id, swept, sweptMs);
      } catch (error) {
        this.#parts.logger.warn({ err: error, purge: id }, 'what was purged cannot be deleted yet');
        return;
      }
    }
  }

  async #isOurTurn(id: string): Promise<boolean> {
    const { redis } = this.#parts;
    const taken = await redis.run('purge.take-turn', (client) =>
      client.set(turnKey(id), sweeping, 'PX', turnMs, 'NX'),
    );
    if (taken === 'OK') return true;
    const state = await redis.run('purge.read-turn', (client) => client.get(turnKey(id)));
    if (state === swept) this.#swept.add(id);
    return false;
  }

  #run(id: string, purge: CachePurge, progress: Progress): Promise<void> {
    const done = this.#sweep(id, purge, progress).finally(() => {
      this.#running.delete(id);
    });
    this.#running.set(id, done);
    return done;
  }

  async #sweep(id: string, purge: CachePurge, progress: Progress): Promise<void> {
    const { clock, entries } = this.#parts;
    const { organisation } = purge;
    await this.#setTurn(id, sweeping, turnMs);
    let extendAtMs = clock.nowMs() + turnMs / 3;
    let after: string | undefined;
    do {
      if (this.#isStopping) return;
      const page = await entries.list({
        limit: pageEntries,
        ...(organisation !== undefined && { organisation }),
        ...(after !== undefined && { after }),
      });
      const ids = page.entries.filter(({ meta }) => isPurged(purge, meta)).map(({ meta }) => meta.id);
      progress.purged += await entries.delete(ids);
      after = page.next;
      if (clock.nowMs() >= extendAtMs) {
        await this.#setTurn(id, sweeping, turnMs);
        extendAtMs = clock.nowMs() + turnMs / 3;
      }
    } while (after !== undefined);
    progress.isComplete = true;
  }

  async #setTurn(id: string, state: string, forMs: number): Promise<void> {
    await this.#parts.redis.run('purge.set-turn', (client) => client.set(turnKey(id), state, 'PX', forMs));
  }
}

interface Progress {
  purged: number;
  isComplete: boolean;
}

const sweeping = 'sweeping';
const swept = 'swept';
const turnKey = (id: string) => `purge:${id}`;
