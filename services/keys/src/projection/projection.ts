import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type { Store } from '@weir/service-kit/bus/store';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';

/** What of the database others follow, and in which bucket. */
export interface ProjectionSource<B extends Bucket = Bucket> {
  readonly store: Pick<Store<B>, 'get' | 'entries' | 'put' | 'delete'>;
  /** What the database has of these ids now. One that has no value is to be gone from the bucket, for good. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, ValueOf<B>>>;
  /** The ids behind this one, in order; all are there that have a value. */
  idsAfter(after: string, limit: number): Promise<readonly string[]>;
}

/** In the order in which they are brought up to date: what restricts keys comes before the keys. */
export const projectionKinds = ['tenant', 'virtual-key', 'admin-key', 'credential'] as const;

export type ProjectionKind = (typeof projectionKinds)[number];

type Sources = Readonly<Record<ProjectionKind, ProjectionSource>>;

const pause = { firstMs: 5, longestMs: 200 };
const maxAttempts = 12;

/**
 * Keeps the buckets what the database says. A bucket's entry is read before the row and written by compare-and-set, so
 * whoever writes last has read the newest row.
 */
export class Projection {
  readonly #sources: Sources;
  readonly #clock: Clock;

  constructor({ sources, clock }: { readonly sources: Sources; readonly clock: Clock }) {
    this.#sources = sources;
    this.#clock = clock;
  }

  source(kind: ProjectionKind): ProjectionSource {
    return this.#sources[kind];
  }

  /** Resolves when the bucket has what the database has. */
  async write(kind: ProjectionKind, id: string): Promise<void> {
    const { load, store } = this.#sources[kind];
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const known = store.get(id);
      const value = (await load([id])).get(id);
      try {
        if (value === undefined) await store.delete(id);
        else await store.put(id, value, { expectedRevision: known?.revision ?? 0 });
        return;
      } catch (thrown) {
        if (!(thrown instanceof Fault && thrown.code === 'revision_conflict')) throw thrown;
      }
      // Another replica has written, and this one's copy has not heard of it yet.
      await new Promise<void>((resolve) => this.#clock.after(backoffMs(attempt, pause), resolve));
    }
    throw new Fault('service_unavailable', {
      message: 'The change is stored, and is on its way to all replicas.',
    });
  }
}
