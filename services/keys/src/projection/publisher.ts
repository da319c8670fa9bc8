import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { listOutbox, type OutboxRow, removeFromOutbox } from './outbox.ts';
import { type Projection, type ProjectionKind, projectionKinds } from './projection.ts';

interface PublisherParts {
  readonly database: Queryable;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often what was left behind is looked for. */
const intervalMs = 1_000;
/** How often everything is compared. */
const reconcileIntervalMs = 300_000;
const pageSize = 1_000;
const batchSize = 64;

/**
 * Brings what the database says into the buckets: at once what was changed; within a second or two what another process has
 * left behind and what a bucket has lost, with its server or by somebody's hand; and from time to time whatever differs.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  /** What has vanished from a bucket: mostly because it is to be gone. */
  readonly #vanished = new Map<ProjectionKind, Set<string>>();
  #reconciledAtMs = 0;
  #stop: (() => void) | undefined;
  #working: Promise<void> | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Resolves when the buckets have it. What fails holds up nothing else, and stays in the outbox. */
  async publish(queued: readonly OutboxRow[]): Promise<void> {
    const { database, projection } = this.#parts;
    const failures: unknown[] = [];
    for (const kind of projectionKinds) {
      const ofKind = queued.filter((row) => row.kind === kind);
      for (const batch of batchesOf(ofKind)) {
        try {
          await projection.write(
            kind,
            batch.map(({ id }) => id),
          );
          await removeFromOutbox(database, batch);
        } catch (thrown) {
          failures.push(thrown);
        }
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Resolves when the buckets have all that the database has. From then on it looks by itself. */
  async start(): Promise<void> {
    const { clock, projection } = this.#parts;
    await this.reconcile();
    for (const kind of projectionKinds) {
      const vanished = new Set<string>();
      this.#vanished.set(kind, vanished);
      projection.source(kind).store.watch((id, entry) => {
        if (!entry) vanished.add(id);
      });
    }
    this.#reconciledAtMs = clock.nowMs();
    this.#stop = clock.every(intervalMs, () => {
      this.#working ??= this.#lookAfter().finally(() => {
        this.#working = undefined;
      });
    });
  }

  /** Resolves when what was begun is done. */
  async stop(): Promise<void> {
    this.#stop?.();
    await this.#working;
  }

  /** Publishes what was committed and is not in the buckets yet, by whichever process. */
  async drainOutbox(): Promise<void> {
    await this.publish(await listOutbox(this.#parts.database, pageSize));
  }

  /** Compares every bucket with the database, and writes what is not the same. */
  async reconcile(): Promise<void> {
    for (const kind of projectionKinds) await this.#reconcileKind(kind);
  }

  async #reconcileKind(kind: ProjectionKind): Promise<void> {
    const { logger, projection } = this.#parts;
    const { idsAfter, store } = projection.source(kind);
    const strays = new Set([...store.entries()].map(({ key }) => key));
    let written = 0;
    for (let after: string | undefined = ''; after !== undefined;) {
      const ids: readonly string[] = await idsAfter(after, pageSize);
      written += await this.#reconcilePage(kind, ids);
      for (const id of ids) strays.delete(id);
      after = ids.length < pageSize ? undefined : ids.at(-1);
    }
    await this.#write(kind, [...strays]);
    if (written + strays.size > 0)
      logger.info({ kind, written, removed: strays.size }, 'brought a bucket up to date');
  }

  /** Resolves with how many entries were not the same. */
  async #reconcilePage(kind: ProjectionKind, ids: readonly string[]): Promise<number> {
    const { logger, projection } = this.#parts;
    const { load, store } = projection.source(kind);
    try {
      const values = await load(ids);
      const different = ids.filter((id) => !isDeepStrictEqual(store.get(id)?.value, values.get(id)));
      await this.#write(kind, different);
      return different.length;
    } catch (thrown) {
      // A row that cannot be read keeps neither the service from starting nor other pages from being compared.
      if (Fault.from(thrown).code !== 'internal_error') throw thrown;
      logger.error(
        { err: thrown, kind, first: ids[0], last: ids.at(-1) },
        'rows cannot be compared with their bucket',
      );
      return 0;
    }
  }

  /** Writes again what has vanished from a bucket, and is still in the database. */
  async #refill(): Promise<void> {
    const { logger, projection } = this.#parts;
    for (const [kind, vanished] of this.#vanished) {
      const { load, store } = projection.source(kind);
      for (const ids of batchesOf([...vanished])) {
        const values = await load(ids);
        const lost = ids.filter((id) => values.has(id) && !store.get(id));
        await projection.write(kind, lost);
        for (const id of ids) vanished.delete(id);
        if (lost.length > 0) logger.warn({ kind, written: lost.length }, 'a bucket has lost entries');
      }
    }
  }

  async #write(kind: ProjectionKind, ids: readonly string[]): Promise<void> {
    for (const batch of batchesOf(ids)) await this.#parts.projection.write(kind, batch);
  }

  async #lookAfter(): Promise<void> {
    const { clock } = this.#parts;
    await this.#attempt('what was left to publish', () => this.drainOutbox());
    await this.#attempt('what a bucket has lost', () => this.#refill());
    if (clock.nowMs() - this.#reconciledAtMs < reconcileIntervalMs) return;
    this.#reconciledAtMs = clock.nowMs();
    await this.#attempt('what is published', () => this.reconcile());
  }

  /** What is away is tried again at the next turn. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    const { logger } = this.#parts;
    await work().catch((thrown: unknown) => {
      const fault = Fault.from(thrown);
      const level = fault.code === 'internal_error' ? 'error' : 'warn';
      logger[level]({ err: fault }, `${what} could not be looked after`);
    });
  }
}

function batchesOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  const count = Math.ceil(items.length / batchSize);
  return Array.from({ length: count }, (_, index) => items.slice(index * batchSize, (index + 1) * batchSize));
}
