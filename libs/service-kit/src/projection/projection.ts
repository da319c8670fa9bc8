import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import { stateOf, type Store } from '../bus/store.ts';
import { backoffMs } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';

/** What of the database others follow, and in which bucket. */
export interface ProjectionSource<B extends Bucket = Bucket> {
  readonly store: Pick<
    Store<B>,
    'get' | 'entries' | 'unreadable' | 'put' | 'delete' | 'history' | 'watch' | 'isCurrent'
  >;
  /** What the database has of these ids now. One that has no value is to be gone from the bucket. */
  readonly load: (ids: readonly string[]) => Promise<ReadonlyMap<string, ValueOf<B>>>;
  /** The ids behind this one, in order; all are there that have a value. */
  readonly idsAfter: (after: string, limit: number) => Promise<readonly string[]>;
  /** Whose entry tells its readers that the bucket has all others: where it is not there, it is written after them. */
  readonly lastId?: string;
}

interface ProjectionParts {
  readonly sources: Readonly<Record<string, ProjectionSource>>;
  readonly clock: Clock;
}

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
  readonly #sources: ReadonlyMap<string, ProjectionSource>;
  readonly #clock: Clock;

  /** The sources by their kinds, in the order in which they are brought up to date. */
  constructor({ sources, clock }: ProjectionParts) {
    this.#sources = new Map(Object.entries(sources));
    this.#clock = clock;
  }

  get kinds(): readonly string[] {
    return [...this.#sources.keys()];
  }

  source(kind: string): ProjectionSource {
    const source = this.#sources.get(kind);
    if (!source) throw new Error(`there is no projection of a ${kind}`);
    return source;
  }

  /** What it lacks to bring changes into the buckets, in words for an operator. */
  get missing(): string[] {
    const isCurrent = [...this.#sources.values()].every(({ store }) => store.isCurrent);
    return isCurrent ? [] : ['the newest state of its buckets from JetStream'];
  }

  /** Resolves when the bucket has what the database has of these. */
  async write(kind: string, ids: readonly string[]): Promise<void> {
    const { lastId, load, store } = this.source(kind);
    if (lastId !== undefined && ids.includes(lastId) && !stateOf(store, lastId))
      await this.#writeAbsent(kind, lastId);
    // What the copy does not have may have been deleted: that is a conflict, and its revision is read at once.
    let revisions = new Map<string, Revision>(
      ids.map((id) => [id, stateOf(store, id)?.revision ?? 'unwritten'] as const),
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

  /** Writes all that the bucket lacks, but for this. */
  async #writeAbsent(kind: string, lastId: string): Promise<void> {
    const { idsAfter, store } = this.source(kind);
    for (let after: string | undefined = ''; after !== undefined;) {
      const ids: readonly string[] = await idsAfter(after, batchSize);
      await this.write(
        kind,
        ids.filter((id) => id !== lastId && !stateOf(store, id)),
      );
      after = ids.length < batchSize ? undefined : ids.at(-1);
    }
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
