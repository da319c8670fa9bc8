import type { Bucket, ValueOf } from '@weir/contracts/bucket';

/** A key's state in a bucket. */
export interface StoreEntry<Value> {
  readonly key: string;
  readonly value: Value;
  /** Grows with every write to the bucket. */
  readonly revision: number;
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
 * nothing. Values are parsed when they come; one that is not valid is logged, counted, and taken to be absent.
 */
export interface Store<B extends Bucket> {
  get(key: string): StoreEntry<ValueOf<B>> | undefined;
  /** In the order of their keys. */
  entries(): Iterable<StoreEntry<ValueOf<B>>>;
  /** Called at once for what is there, and then for every change; `undefined` where the key is gone. */
  watch(listener: (key: string, entry: StoreEntry<ValueOf<B>> | undefined) => void): void;
  /**
   * Resolves with the new revision, once this replica's own copy has it too; where the copy stays behind for five seconds,
   * or loses its connection, without it, since the write is done. Throws `revision_conflict` where the expected revision is
   * not the newest, `bus_disconnected` or `service_unavailable` where JetStream cannot be reached or takes no more: after
   * these the write may be done all the same.
   */
  put(key: string, value: ValueOf<B>, options?: WriteOptions): Promise<number>;
  /** Leaves a state behind that says so, with a revision of its own; only a deletion that expects revision 0 writes nothing. */
  delete(key: string, options?: WriteOptions): Promise<void>;
  /** The states that are kept of a key, newest first. */
  history(key: string): Promise<StoreRevision<ValueOf<B>>[]>;
  /** Whether the copy follows the bucket; while not, it may be behind. */
  readonly isCurrent: boolean;
}
