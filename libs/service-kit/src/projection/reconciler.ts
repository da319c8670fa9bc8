import { isDeepStrictEqual } from 'node:util';
import { stateOf, type StoreEntry, type UnreadableEntry } from '../bus/store.ts';
import { Fault } from '../fault.ts';
import type { Logger } from '../logger.ts';
import { batchesOf, type Projection } from './projection.ts';

interface ReconcilerParts {
  readonly projection: Projection;
  readonly logger: Logger;
}

/** Rows may be large, and a page of them is in memory together with what the bucket has. */
const pageSize = 100;

/**
 * Compares the buckets with the database, and writes what is not the same, or cannot be read. What a newer version of the
 * service has written stays as it is: without the fields that this one does not know it would allow more.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  /** What has vanished from a bucket: mostly because it is to be gone. */
  readonly #vanished = new Map<string, Set<string>>();
  #isStopped = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** Whatever it does ends with the batch that it is at. */
  stop(): void {
    this.#isStopped = true;
  }

  /** From now on it is known what vanishes from the buckets. */
  watch(): void {
    for (const kind of this.#parts.projection.kinds) {
      const vanished = new Set<string>();
      this.#vanished.set(kind, vanished);
      this.#parts.projection.source(kind).store.watch((id, entry) => {
        if (!entry || isBroken(entry)) vanished.add(id);
      });
    }
  }

  /** Writes again what has vanished from a bucket, and is still in the database. */
  async refill(): Promise<void> {
    const { logger, projection } = this.#parts;
    for (const [kind, vanished] of this.#vanished) {
      const { load, store } = projection.source(kind);
      const isLost = (id: string, isKept: boolean) =>
        store.unreadable.has(id) ? isBroken(store.unreadable.get(id)) : isKept && !store.get(id);
      for (const ids of batchesOf([...vanished])) {
        if (this.#isStopped) return;
        const values = await load(ids);
        const lost = ids.filter((id) => isLost(id, values.has(id)));
        await projection.write(kind, lost);
        for (const id of ids) vanished.delete(id);
        if (lost.length > 0) logger.warn({ kind, written: lost.length }, 'a bucket has lost entries');
      }
    }
  }

  /** Resolves when the buckets have all that the database has, and nothing else. */
  async reconcile(): Promise<void> {
    for (const kind of this.#parts.projection.kinds) await this.#reconcileKind(kind);
  }

  async #reconcileKind(kind: string): Promise<void> {
    const { logger, projection } = this.#parts;
    const { idsAfter, store } = projection.source(kind);
    const strays = new Set(
      [...store.entries(), ...[...store.unreadable.values()].filter(isBroken)].map(({ key }) => key),
    );
    let written = 0;
    for (let after: string | undefined = ''; after !== undefined;) {
      const ids: readonly string[] = await idsAfter(after, pageSize);
      written += await this.#reconcilePage(kind, ids);
      for (const id of ids) strays.delete(id);
      after = ids.length < pageSize ? undefined : ids.at(-1);
    }
    // Without the last of the ids nobody knows what is a stray.
    if (this.#isStopped) return;
    await this.#write(kind, [...strays]);
    if (written + strays.size > 0)
      logger.info({ kind, written, removed: strays.size }, 'brought a bucket up to date');
  }

  /** Resolves with how many entries were not the same. */
  async #reconcilePage(kind: string, ids: readonly string[]): Promise<number> {
    const { logger, projection } = this.#parts;
    const { load, store } = projection.source(kind);
    try {
      const values = await load(ids);
      const different = ids.filter((id) => {
        const entry = stateOf(store, id);
        return entry?.fault ? isBroken(entry) : !isDeepStrictEqual(entry?.value, values.get(id));
      });
      await this.#write(kind, different);
      return different.length;
    } catch (thrown) {
      // A row that cannot be read keeps neither the service from starting nor other pages from being compared.
      if (Fault.from(thrown).code !== 'internal_error') throw thrown;
      const page = { first: ids[0], last: ids.at(-1) };
      logger.error({ err: thrown, kind, ...page }, 'rows cannot be compared with their bucket');
      return 0;
    }
  }

  async #write(kind: string, ids: readonly string[]): Promise<void> {
    for (const batch of batchesOf(ids)) {
      if (this.#isStopped) return;
      await this.#parts.projection.write(kind, batch);
    }
  }
}

function isBroken(entry: StoreEntry<unknown> | UnreadableEntry | undefined): boolean {
  return entry?.fault !== undefined && !entry.isNewer;
}
