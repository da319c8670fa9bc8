import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import { BucketReplica } from '@weir/service-kit/bus/jetstream/buckets/bucket-replica';
import type { KeyState } from '@weir/service-kit/bus/jetstream/buckets/read-entry';
import { assertBucketKey } from '@weir/service-kit/bus/jetstream/buckets/bucket-layout';
import type {
  StoreEntry,
  StoreListener,
  StoreRevision,
  Store,
  UnreadableEntry,
  WriteOptions,
} from '@weir/service-kit/bus/store';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';

/**
 * A bucket without a server, for the tests of whoever uses one; several users may share it as replicas do. It passes
 * the same tests as the real store.
 */
export class MemoryStore<B extends Bucket> implements Store<B> {
  /** For a test to set: whether the copy follows the bucket. */
  isCurrent = true;
  /** For a test to set: what every call fails with, as while JetStream cannot be reached. */
  failure: Fault | undefined;
  readonly #bucket: B;
  readonly #clock: Clock;
  readonly #copy: BucketReplica<B>;
  /** Oldest first. */
  readonly #states = new Map<string, KeyState[]>();
  #revision = 0;

  constructor(bucket: B, { clock = systemClock }: { clock?: Clock } = {}) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#copy = new BucketReplica({
      bucket,
      clock,
      onUnreadable: () => undefined,
      onListenerFailed: () => undefined,
    });
  }

  get(key: string): StoreEntry<ValueOf<B>> | undefined {
    return this.#copy.get(key);
  }

  entries(): Iterable<StoreEntry<ValueOf<B>>> {
    return this.#copy.entries();
  }

  get unreadable(): ReadonlyMap<string, UnreadableEntry> {
    return this.#copy.unreadable;
  }

  watch(listener: StoreListener<B>): void {
    this.#copy.watch(listener);
  }

  async put(key: string, value: ValueOf<B>, options: WriteOptions = {}): Promise<number> {
    this.#check(key, options);
    return this.#write(key, JSON.stringify(value));
  }

  async delete(key: string, options: WriteOptions = {}): Promise<void> {
    this.#check(key, options);
    // There was nothing, and so there is nothing to delete.
    if (options.expectedRevision !== 0) this.#write(key, undefined);
  }

  async history(key: string): Promise<StoreRevision<ValueOf<B>>[]> {
    this.#assertReachable(key);
    return this.#kept(key)
      .map((state) => this.#copy.past(state))
      .reverse();
  }

  /** Writes what no writer of ours would, as an older or a broken one may have. */
  putRaw(key: string, json: string): void {
    this.#write(key, json);
  }

  /** Throws what the server would. */
  #check(key: string, { expectedRevision }: WriteOptions): void {
    this.#assertReachable(key);
    if (!meets(this.#kept(key).at(-1), expectedRevision)) throw new Fault('revision_conflict');
  }

  #assertReachable(key: string): void {
    assertBucketKey(key);
    if (this.failure) throw this.failure;
  }

  /** What has not outlived the bucket's limits. */
  #kept(key: string): KeyState[] {
    const { maxAgeMs = Infinity } = this.#bucket;
    const nowMs = this.#clock.nowMs();
    return (this.#states.get(key) ?? []).filter(({ atMs }) => nowMs - atMs < maxAgeMs);
  }

  #write(key: string, json: string | undefined): number {
    const state = { key, json, revision: ++this.#revision, atMs: this.#clock.nowMs() };
    this.#states.set(key, [...this.#kept(key), state].slice(-this.#bucket.history));
    this.#copy.apply(state);
    return state.revision;
  }
}

/** Whether a key's newest state is what a write expects. */
function meets(newest: KeyState | undefined, expected: WriteOptions['expectedRevision']): boolean {
  const isThere = newest?.json !== undefined;
  if (expected === undefined) return true;
  if (expected === 'any') return isThere;
  if (expected === 'unwritten') return newest === undefined;
  return expected === 0 ? !isThere : newest?.revision === expected;
}
