import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type { Fault } from '../fault.ts';

/** A key's state in a bucket. */
export interface StoreEntry<Value> {
  readonly key: string;
  readonly value: Value;
  /** Grows with every write to the bucket. */
  readonly revision: number;
  readonly fault?: undefined;
}

/** A key that has a value which this replica cannot read: it is broken, or of a newer version. That is not the same as none. */
export interface UnreadableEntry {
  readonly key: string;
  readonly revision: number;
  /** When it was written, Unix time in milliseconds. */
  readonly atMs: number;
  /** `stored_entry_unreadable`: names the entry, and refuses what depends on it. */
  readonly fault: Fault;
  /** What it says, where it is JSON: by some of it a reader may still tell whose it is. */
  readonly parsed: unknown;
  /** What is wrong with it, for operators. */
  readonly reason: string;
  /**
   * It would be valid but for fields or values that this version does not know: a newer one has written it, and only an admin may
   * write over it.
   */
  readonly isNewer: boolean;
}

/**
 * Told of a key's new state. A Fault that it returns says why it cannot use a value which is valid as far as the bucket is
 * concerned: operators are told of that too.
 */
export type StoreListener<B extends Bucket> = (
  key: string,
  entry: StoreEntry<ValueOf<B>> | UnreadableEntry | undefined,
) => unknown;

/** What a key says, readable or not: for those who may write over it. */
export function stateOf<Value>(
  store: {
    get(key: string): StoreEntry<Value> | undefined;
    readonly unreadable: ReadonlyMap<string, UnreadableEntry>;
  },
  key: string,
): StoreEntry<Value> | UnreadableEntry | undefined {
  return store.unreadable.get(key) ?? store.get(key);
}

/** A former state of a key: `value` is undefined where it was deleted, or is none that we understand. */
export interface StoreRevision<Value> {
  readonly key: string;
  readonly value: Value | undefined;
  readonly revision: number;
  /** Unix time in milliseconds. */
  readonly atMs: number;
  readonly deleted: boolean;
}

export interface WriteOptions {
  /**
   * Writes only if the key has this revision, which may be a deletion's. 0 stands for a key that is not there, `any` for one
   * that is, and `unwritten` for one of which the bucket keeps nothing, not even that it was deleted.
   */
  readonly expectedRevision?: number | 'any' | 'unwritten';
}

/**
 * A JetStream bucket as one replica holds it: a copy that follows every change within milliseconds, so that reads cost
 * nothing. Values are parsed when they come. One that cannot be read is never taken to be absent: each reader refuses what
 * depends on it; it is logged, counted, and told to operators.
 */
export interface Store<B extends Bucket> {
  /** Throws `stored_entry_unreadable` where there is a value that cannot be read. */
  get(key: string): StoreEntry<ValueOf<B>> | undefined;
  /** Those that can be read, in the order of their keys. Whoever needs all of them looks at `unreadable` too. */
  entries(): Iterable<StoreEntry<ValueOf<B>>>;
  /** By their keys. */
  readonly unreadable: ReadonlyMap<string, UnreadableEntry>;
  /** Called at once for what is there, and then for every change; `undefined` where the key is gone. */
  watch(listener: StoreListener<B>): void;
  /**
   * Resolves with the new revision, once this replica's own copy has it too; where the copy stays behind for five seconds,
   * or loses its connection, without it, since the write is done. Throws `revision_conflict` where the expected revision is
   * not the newest, `jetstream_quota_exceeded` where JetStream takes no more, `jetstream_disabled` where there is none,
   * `bus_disconnected` or `service_unavailable` where it cannot be reached: after these two the write may be done all the same.
   */
  put(key: string, value: ValueOf<B>, options?: WriteOptions): Promise<number>;
  /** Leaves a state behind that says so, with a revision of its own; only a deletion that expects revision 0 writes nothing. */
  delete(key: string, options?: WriteOptions): Promise<void>;
  /** The states that are kept of a key, newest first. */
  history(key: string): Promise<StoreRevision<ValueOf<B>>[]>;
  /** Whether the copy follows the bucket; while not, it may be behind. */
  readonly isCurrent: boolean;
}
