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
  readonly #stops: (() => void)[] = [];
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
    this.#stops.push(
      clock.every(intervalMs, () => {
        this.#work('what was left to publish', async () => {
          await this.drainOutbox();
          await this.#refill();
        });
      }),
      clock.every(reconcileIntervalMs, () => {
        this.#work('what is published', () => this.reconcile());
      }),
    );
  }

  /** Resolves when what was begun is done. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
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
    const { idsAfter, load, store } = projection.source(kind);
    const strays = new Set([...store.entries()].map(({ key }) => key));
    let written = 0;
    for (let after: string | undefined = ''; after !== undefined;) {
      const ids: readonly string[] = await idsAfter(after, pageSize);
      const values = await load(ids);
      const different = ids.filter((id) => !isDeepStrictEqual(store.get(id)?.value, values.get(id)));
      await this.#write(kind, different);
      written += different.length;
      for (const id of ids) strays.delete(id);
      after = ids.length < pageSize ? undefined : ids.at(-1);
    }
    await this.#write(kind, [...strays]);
    if (written + strays.size > 0)
      logger.info({ kind, written, removed: strays.size }, 'brought a bucket up to date');
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

  /** One at a time. What is away is tried again at the next turn. */
  #work(what: string, work: () => Promise<void>): void {
    const { logger } = this.#parts;
    this.#working ??= work()
      .catch((thrown: unknown) => {
        const fault = Fault.from(thrown);
        const level = fault.code === 'internal_error' ? 'error' : 'warn';
        logger[level]({ err: fault }, `${what} could not be looked after`);
      })
      .finally(() => {
        this.#working = undefined;
      });
  }
}

function batchesOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  const count = Math.ceil(items.length / batchSize);
  return Array.from({ length: count }, (_, index) => items.slice(index * batchSize, (index + 1) * batchSize));
}
