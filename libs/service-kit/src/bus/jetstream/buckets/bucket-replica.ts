import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type { Clock } from '../../../clock.ts';
import { tryParseExactJson } from '../../../exact-json.ts';
import type { StoreEntry, StoreRevision, Store } from '../../store.ts';
import { SharedFields } from './shared-fields.ts';

/** A key's state as it was written: `json` is undefined where the key was deleted. */
export interface KeyState {
  readonly key: string;
  readonly json: string | undefined;
  readonly revision: number;
  /** Unix time in milliseconds. */
  readonly atMs: number;
}

interface ReplicaParts<B extends Bucket> {
  readonly bucket: B;
  readonly clock: Clock;
  /** Told of a value that the bucket's schema refuses; it is taken to be absent. */
  readonly onInvalid: (key: string, error: Error) => void;
  /** Told of what a listener has thrown; the others hear all the same. */
  readonly onListenerFailed: (error: unknown) => void;
}

type Listener<B extends Bucket> = Parameters<Store<B>['watch']>[0];

interface Kept<Value> {
  readonly entry: StoreEntry<Value>;
  readonly atMs: number;
}

/** How often values that have outlived the bucket's `maxAgeMs` are looked for. The server tells nobody that they are gone. */
const expiryIntervalMs = 1_000;

/** A copy of a bucket in memory, and those who watch it. */
export class BucketReplica<B extends Bucket> {
  readonly #parts: ReplicaParts<B>;
  readonly #kept = new Map<string, Kept<ValueOf<B>>>();
  readonly #listeners: Listener<B>[] = [];
  readonly #stopExpiring: () => void;
  readonly #shared: SharedFields;
  #sorted: readonly StoreEntry<ValueOf<B>>[] | undefined;

  constructor(parts: ReplicaParts<B>) {
    this.#parts = parts;
    const { maxAgeMs, sharedFields = [] } = parts.bucket;
    this.#shared = new SharedFields(sharedFields);
    this.#stopExpiring =
      maxAgeMs === undefined
        ? () => undefined
        : parts.clock.every(expiryIntervalMs, () => {
            this.#expire(parts.clock.nowMs() - maxAgeMs);
          });
  }

  get(key: string): StoreEntry<ValueOf<B>> | undefined {
    return this.#kept.get(key)?.entry;
  }

  entries(): Iterable<StoreEntry<ValueOf<B>>> {
    return (this.#sorted ??= [...this.#kept.values()]
      .map(({ entry }) => entry)
      .sort((a, b) => (a.key < b.key ? -1 : 1)));
  }

  watch(listener: Listener<B>): void {
    this.#listeners.push(listener);
    for (const entry of this.entries()) this.#tell(listener, entry.key, entry);
  }

  /** A key was written. */
  apply({ key, json, revision, atMs }: KeyState): void {
    const { bucket, onInvalid } = this.#parts;
    const { value, error } = readValue(bucket, json);
    if (error) onInvalid(key, error);
    if (value === undefined) {
      this.#remove(key);
      return;
    }
    this.#shared.share(value);
    this.#set({ entry: { key, value, revision }, atMs });
  }

  /** The bucket holds these states and no others: what is not among them is gone. */
  replace(states: readonly KeyState[]): void {
    const there = new Set(states.map(({ key }) => key));
    for (const key of [...this.#kept.keys()]) if (!there.has(key)) this.#remove(key);
    for (const state of states) {
      const known = this.#kept.get(state.key);
      // In a bucket that was made anew revisions begin anew: the same one at another time is another.
      if (known?.entry.revision !== state.revision || known.atMs !== state.atMs) this.apply(state);
    }
  }

  /** A state as readers of the history see it. */
  past({ key, json, revision, atMs }: KeyState): StoreRevision<ValueOf<B>> {
    const { value } = readValue(this.#parts.bucket, json);
    return { key, value, revision, atMs, deleted: json === undefined };
  }

  stop(): void {
    this.#stopExpiring();
  }

  #set(kept: Kept<ValueOf<B>>): void {
    this.#kept.set(kept.entry.key, kept);
    this.#changed(kept.entry.key, kept.entry);
  }

  #remove(key: string): void {
    if (this.#kept.delete(key)) this.#changed(key, undefined);
  }

  #expire(writtenBeforeMs: number): void {
    for (const [key, { atMs }] of [...this.#kept]) if (atMs <= writtenBeforeMs) this.#remove(key);
  }

  #changed(key: string, entry: StoreEntry<ValueOf<B>> | undefined): void {
    this.#sorted = undefined;
    for (const listener of this.#listeners) this.#tell(listener, key, entry);
  }

  #tell(listener: Listener<B>, key: string, entry: StoreEntry<ValueOf<B>> | undefined): void {
    try {
      listener(key, entry);
    } catch (error) {
      this.#parts.onListenerFailed(error);
    }
  }
}

/** Without `json` there is neither a value nor an error: the key was deleted. */
function readValue<B extends Bucket>(
  bucket: B,
  json: string | undefined,
): { value?: ValueOf<B>; error?: Error | undefined } {
  if (json === undefined) return {};
  const { data, error } = bucket.value.safeParse(tryParseExactJson(json));
  return { value: data as ValueOf<B>, error };
}
