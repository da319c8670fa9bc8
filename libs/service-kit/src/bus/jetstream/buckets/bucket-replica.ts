import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type { Clock } from '../../../clock.ts';
import { Fault } from '../../../fault.ts';
import type { StoreEntry, StoreListener, StoreRevision, UnreadableEntry } from '../../store.ts';
import { type KeyState, readEntry } from './read-entry.ts';
import { SharedFields } from './shared-fields.ts';

interface ReplicaParts<B extends Bucket> {
  readonly bucket: B;
  readonly clock: Clock;
  /** Told of each value that cannot be read, once. */
  readonly onUnreadable: (entry: UnreadableEntry) => void;
  /** Told of what a listener has thrown; the others hear all the same. */
  readonly onListenerFailed: (error: unknown) => void;
}

interface Kept<Value> {
  readonly entry: StoreEntry<Value> | UnreadableEntry;
  readonly atMs: number;
}

/** How often values that have outlived the bucket's `maxAgeMs` are looked for. The server tells nobody that they are gone. */
const expiryIntervalMs = 1_000;

/** A copy of a bucket in memory, and those who watch it. */
export class BucketReplica<B extends Bucket> {
  readonly #parts: ReplicaParts<B>;
  readonly #kept = new Map<string, Kept<ValueOf<B>>>();
  readonly #unreadable = new Map<string, UnreadableEntry>();
  /** Why entries cannot be used that can be read: as their users have said. */
  readonly #refused = new Map<string, string>();
  readonly #listeners: StoreListener<B>[] = [];
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
    const entry = this.#kept.get(key)?.entry;
    if (entry?.fault) throw entry.fault;
    return entry;
  }

  get unreadable(): ReadonlyMap<string, UnreadableEntry> {
    return this.#unreadable;
  }

  /** Why entries cannot be read or used, by their keys. */
  get problems(): readonly (readonly [key: string, reason: string])[] {
    const unreadable = [...this.#unreadable.values()].map(({ key, reason }) => [key, reason] as const);
    return [...unreadable, ...this.#refused];
  }

  entries(): Iterable<StoreEntry<ValueOf<B>>> {
    return (this.#sorted ??= [...this.#kept.values()]
      .flatMap(({ entry }) => (entry.fault ? [] : entry))
      .sort((a, b) => (a.key < b.key ? -1 : 1)));
  }

  watch(listener: StoreListener<B>): void {
    this.#listeners.push(listener);
    for (const entry of this.entries()) this.#tell(listener, entry.key, entry);
    for (const entry of [...this.#unreadable.values()]) this.#tell(listener, entry.key, entry);
  }

  /** A key was written. */
  apply(state: KeyState): void {
    const { key, atMs } = state;
    const entry = readEntry(this.#parts.bucket, state);
    if (!entry) {
      this.#remove(key);
      return;
    }
    if (entry.fault) this.#unreadable.set(key, entry);
    else {
      this.#unreadable.delete(key);
      this.#shared.share(entry.value);
    }
    this.#kept.set(key, { entry, atMs });
    if (entry.fault) this.#parts.onUnreadable(entry);
    this.#changed(key, entry);
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
  past(state: KeyState): StoreRevision<ValueOf<B>> {
    const { key, json, revision, atMs } = state;
    const entry = readEntry(this.#parts.bucket, state);
    const value = entry?.fault ? undefined : entry?.value;
    return { key, value, revision, atMs, deleted: json === undefined };
  }

  stop(): void {
    this.#stopExpiring();
  }

  #remove(key: string): void {
    this.#unreadable.delete(key);
    if (this.#kept.delete(key)) this.#changed(key, undefined);
  }

  #expire(writtenBeforeMs: number): void {
    for (const [key, { atMs }] of [...this.#kept]) if (atMs <= writtenBeforeMs) this.#remove(key);
  }

  #changed(...[key, entry]: Parameters<StoreListener<B>>): void {
    this.#sorted = undefined;
    this.#refused.delete(key);
    for (const listener of this.#listeners) this.#tell(listener, key, entry);
  }

  #tell(listener: StoreListener<B>, ...[key, entry]: Parameters<StoreListener<B>>): void {
    try {
      const refusal = listener(key, entry);
      if (refusal instanceof Fault && entry && !entry.fault) this.#refused.set(key, refusal.message);
    } catch (error) {
      this.#parts.onListenerFailed(error);
    }
  }
}
