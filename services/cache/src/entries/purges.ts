import type { CachePurge, cachePurges } from '@weir/contracts/cache/purges';
import type { Store } from '@weir/service-kit/bus/store';
import type { EntryMeta } from './entry.ts';

export type PurgeFacts = Pick<
  EntryMeta,
  'organisation' | 'teamId' | 'keyId' | 'namespace' | 'model' | 'askedAtMs'
>;

/** Whether a purge is about an entry: one whose request came at its time or before. */
export function isPurged(purge: CachePurge, entry: PurgeFacts): boolean {
  const { organisation, team, key, namespace, model, beforeMs } = purge;
  return (
    entry.askedAtMs <= beforeMs &&
    (organisation === undefined || organisation === entry.organisation) &&
    (team === undefined || team === entry.teamId) &&
    (key === undefined || key === entry.keyId) &&
    (namespace === undefined || namespace === entry.namespace) &&
    (model === undefined || model === entry.model)
  );
}

/** By how much the clock of NATS, by which it is known when a purge was written, may differ from ours. */
const maxSkewMs = 60_000;

/** The purges of the last day, as this replica has them. */
export class PurgeList {
  readonly #store: Store<typeof cachePurges>;
  #purges: readonly CachePurge[] | undefined;
  #latestMs = -1;

  constructor(store: Store<typeof cachePurges>) {
    this.#store = store;
    store.watch(() => {
      this.#purges = undefined;
    });
  }

  /** Whether an entry must not be served, nor an answer to a request of then be kept. */
  covers(entry: PurgeFacts): boolean {
    const purges = this.#current();
    // Most entries are newer than all of them.
    return entry.askedAtMs <= this.#latestMs && purges.some((purge) => isPurged(purge, entry));
  }

  #current(): readonly CachePurge[] {
    if (this.#purges) return this.#purges;
    // What one that cannot be read is about nobody knows: it is held to be about everything up to its time.
    const unreadable = [...this.#store.unreadable.values()].map(({ atMs }) => ({
      beforeMs: atMs + maxSkewMs,
    }));
    this.#purges = [...[...this.#store.entries()].map(({ value }) => value), ...unreadable];
    this.#latestMs = Math.max(-1, ...this.#purges.map(({ beforeMs }) => beforeMs));
    return this.#purges;
  }
}
