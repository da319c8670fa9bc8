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

/** How often what another process has left behind is looked for. */
const outboxIntervalMs = 1_000;
/** How often everything is compared: a bucket may have been lost with its server. */
const reconcileIntervalMs = 300_000;
const pageSize = 1_000;
const maxParallel = 64;

/** Brings what the database says into the buckets: at once what was changed, and again whatever was left behind. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #stops: (() => void)[] = [];
  #working: Promise<void> | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Resolves when the buckets have it. */
  async publish(queued: readonly OutboxRow[]): Promise<void> {
    const { database, projection } = this.#parts;
    for (let from = 0; from < queued.length; from += maxParallel) {
      const batch = queued.slice(from, from + maxParallel);
      await Promise.all(batch.map(({ kind, id }) => projection.write(kind, id)));
      await removeFromOutbox(database, batch);
    }
  }

  /** Resolves when the buckets have all that the database has. From then on it looks by itself. */
  async start(): Promise<void> {
    await this.reconcile();
    const { clock } = this.#parts;
    this.#stops.push(
      clock.every(outboxIntervalMs, () => {
        this.#work('what was left to publish', () => this.drainOutbox());
      }),
      clock.every(reconcileIntervalMs, () => {
        this.#work('what is published', () => this.reconcile());
      }),
    );
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

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
    for (let after = ''; ;) {
      const ids = await idsAfter(after, pageSize);
      const values = await load(ids);
      const different = ids.filter((id) => !isDeepStrictEqual(store.get(id)?.value, values.get(id)));
      await this.#writeAll(kind, different);
      written += different.length;
      for (const id of ids) strays.delete(id);
      const last = ids.at(-1);
      if (last === undefined || ids.length < pageSize) break;
      after = last;
    }
    await this.#writeAll(kind, [...strays]);
    if (written + strays.size > 0)
      logger.info({ kind, written, removed: strays.size }, 'brought a bucket up to date');
  }

  async #writeAll(kind: ProjectionKind, ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += maxParallel) {
      const batch = ids.slice(from, from + maxParallel);
      await Promise.all(batch.map((id) => this.#parts.projection.write(kind, id)));
    }
  }

  /** One at a time. What is away is tried again at the next turn. */
  #work(what: string, work: () => Promise<void>): void {
    const { logger } = this.#parts;
    this.#working ??= work()
      .catch((thrown: unknown) => {
        const fault = Fault.from(thrown);
        if (fault.code === 'internal_error')
          logger.error({ err: fault }, `${what} could not be looked after`);
        else logger.warn({ err: fault }, `${what} could not be looked after`);
      })
      .finally(() => {
        this.#working = undefined;
      });
  }
}
