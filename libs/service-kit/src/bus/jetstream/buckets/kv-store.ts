import type { NextMsgRequest, StoredMsg } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { Empty, headers as createHeaders } from '@nats-io/transport-node';
import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import { Fault } from '../../../fault.ts';
import type { BucketReplica } from './bucket-replica.ts';
import type { BucketFollower, FollowerParts } from './bucket-follower.ts';
import { assertBucketKey, isDeletion, keyPrefixOf, operationHeader, streamOf } from './bucket-layout.ts';
import type {
  StoreEntry,
  StoreListener,
  StoreRevision,
  Store,
  UnreadableEntry,
  WriteOptions,
} from '../../store.ts';

interface StoreParts<B extends Bucket> extends Pick<
  FollowerParts<B>,
  'bucket' | 'copy' | 'client' | 'manager' | 'api'
> {
  readonly follower: BucketFollower<B>;
  readonly kv: KV;
}

/** A bucket on JetStream: it is read from the replica in memory, and written to the server. */
export class KvStore<B extends Bucket> implements Store<B> {
  readonly #parts: StoreParts<B>;
  readonly #copy: BucketReplica<B>;

  constructor(parts: StoreParts<B>) {
    this.#parts = parts;
    this.#copy = parts.copy;
  }

  get isCurrent(): boolean {
    return this.#parts.follower.isCurrent;
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

  async put(key: string, value: ValueOf<B>, { expectedRevision }: WriteOptions = {}): Promise<number> {
    assertBucketKey(key);
    const { kv } = this.#parts;
    const json = JSON.stringify(value);
    return this.#write(`write ${key}`, async () => {
      // A key that is to be new may have been there, and been deleted: that takes more than a message.
      if (expectedRevision === 0) return kv.create(key, json);
      const previousSeq = await this.#revisionFor(key, expectedRevision);
      return kv.put(key, json, previousSeq === undefined ? {} : { previousSeq });
    });
  }

  async delete(key: string, { expectedRevision }: WriteOptions = {}): Promise<void> {
    assertBucketKey(key);
    if (expectedRevision === 0) await this.#assertAbsent(key);
    else {
      await this.#write(`delete ${key}`, async () =>
        this.#publishDeletion(key, await this.#revisionFor(key, expectedRevision)),
      );
    }
  }

  async history(key: string): Promise<StoreRevision<ValueOf<B>>[]> {
    assertBucketKey(key);
    const { bucket, manager, api } = this.#parts;
    const subject = keyPrefixOf(bucket) + key;
    const states: StoreRevision<ValueOf<B>>[] = [];
    await api.run(`read the history of ${key}`, async () => {
      // Single reads, since a consumer made for each call would stay on the server for minutes.
      for (let revision = 0; ;) {
        const query: Required<NextMsgRequest> = { next_by_subj: subject, seq: revision + 1 };
        const message = await manager.streams.getMessage(streamOf(bucket), query);
        if (!message) return;
        revision = message.seq;
        states.push(this.#copy.past({ key, ...writtenIn(message) }));
      }
    });
    return states.reverse();
  }

  /** Resolves when the copy has it too, or cannot have it soon. */
  async #write(task: string, write: () => Promise<number>): Promise<number> {
    const { api, follower } = this.#parts;
    const revision = await api.run(task, write);
    // It is written. Whoever heard now that it has failed would write it again.
    await follower.untilRevision(revision).catch(() => undefined);
    return revision;
  }

  /** The one revision that a write may replace, 0 where there may be none; undefined where it may be each, or none. */
  async #revisionFor(key: string, expected: WriteOptions['expectedRevision']): Promise<number | undefined> {
    if (expected === 'unwritten') return 0;
    if (expected !== 'any') return expected;
    const newest = await this.#parts.kv.get(key);
    if (newest?.operation !== 'PUT') throw new Fault('revision_conflict');
    return newest.revision;
  }

  async #publishDeletion(key: string, expectedRevision: number | undefined): Promise<number> {
    const { bucket, client } = this.#parts;
    // The client's own does not tell its revision.
    const headers = createHeaders();
    headers.set(operationHeader, 'DEL');
    const { seq } = await client.publish(keyPrefixOf(bucket) + key, Empty, {
      headers,
      ...(expectedRevision !== undefined && { expect: { lastSubjectSequence: expectedRevision } }),
    });
    return seq;
  }

  async #assertAbsent(key: string): Promise<void> {
    const { kv, api } = this.#parts;
    const newest = await api.run(`read ${key}`, () => kv.get(key));
    if (newest?.operation === 'PUT') throw new Fault('revision_conflict');
  }
}

function writtenIn(message: StoredMsg) {
  const json = isDeletion(message.header) ? undefined : message.string();
  return { json, revision: message.seq, atMs: message.time.getTime() };
}
