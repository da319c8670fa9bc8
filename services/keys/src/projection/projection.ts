import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type { Store } from '@weir/service-kit/bus/store';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';

/** What of the database others follow, and in which bucket. */
export interface ProjectionSource<B extends Bucket = Bucket> {
  readonly store: Pick<Store<B>, 'get' | 'entries' | 'put' | 'delete' | 'history' | 'watch' | 'isCurrent'>;
  /** What the database has of these ids now. One that has no value is to be gone from the bucket. */
  readonly load: (ids: readonly string[]) => Promise<ReadonlyMap<string, ValueOf<B>>>;
  /** The ids behind this one, in order; all are there that have a value. */
  readonly idsAfter: (after: string, limit: number) => Promise<readonly string[]>;
}

/** In the order in which they are brought up to date: what restricts keys comes before the keys. */
export const projectionKinds = ['tenant', 'virtual-key', 'admin-key', 'credential'] as const;

export type ProjectionKind = (typeof projectionKinds)[number];

type Sources = Readonly<Record<ProjectionKind, ProjectionSource>>;

/** Of an entry, or of its deletion. */
type Revision = number | 'unwritten';

const pause = { firstMs: 5, longestMs: 200, jitter: 0.5 };
const maxAttempts = 12;

/**
 * Keeps the buckets what the database says. A bucket's entry is read before the row and written by compare-and-set, so
 * whoever writes last has read the newest row. That holds because every write leaves a new revision behind, also one that
 * deletes what was never there: a slower writer that has read an older row finds a conflict, however late its write arrives
 * and whether or not it still lives.
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

  /** What it lacks to bring changes into the buckets, in words for an operator. */
  get missing(): string[] {
    const isCurrent = projectionKinds.every((kind) => this.#sources[kind].store.isCurrent);
    return isCurrent ? [] : ['the newest state of its buckets from JetStream'];
  }

  /** Resolves when the bucket has what the database has of these. */
  async write(kind: ProjectionKind, ids: readonly string[]): Promise<void> {
    const { load, store } = this.#sources[kind];
    // What the copy does not have may have been deleted: that is a conflict, and its revision is read at once.
    let revisions = new Map<string, Revision>(
      ids.map((id) => [id, store.get(id)?.revision ?? 'unwritten'] as const),
    );
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const left = [...revisions.keys()];
      const values = await load(left);
      const isWritten = await Promise.all(
        left.map((id) => writeEntry(store, id, values.get(id), revisions.get(id) ?? 'unwritten')),
      );
      const conflicts = left.filter((_, index) => !isWritten[index]);
      if (conflicts.length === 0) return;
      if (attempt > 0) await this.#pause(attempt);
      // Another replica has written. What it wrote may not be in this one's copy yet, or be none that it understands.
      revisions = new Map(
        await Promise.all(conflicts.map(async (id) => [id, await newestRevision(store, id)] as const)),
      );
    }
    throw new Fault('overloaded');
  }

  #pause(attempt: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(backoffMs(attempt, pause), resolve));
  }
}

/** False where somebody else has written since the entry had this revision. */
async function writeEntry(
  store: ProjectionSource['store'],
  id: string,
  value: unknown,
  expectedRevision: Revision,
): Promise<boolean> {
  try {
    if (value === undefined) await store.delete(id, { expectedRevision });
    else await store.put(id, value, { expectedRevision });
    return true;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'revision_conflict') return false;
    throw thrown;
  }
}

async function newestRevision(store: ProjectionSource['store'], id: string): Promise<Revision> {
  const [newest] = await store.history(id);
  return newest?.revision ?? 'unwritten';
}

/** How many are written side by side. */
const batchSize = 256;

export function batchesOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  const count = Math.ceil(items.length / batchSize);
  return Array.from({ length: count }, (_, index) => items.slice(index * batchSize, (index + 1) * batchSize));
}
