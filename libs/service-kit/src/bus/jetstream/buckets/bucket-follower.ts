import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { Bucket } from '@weir/contracts/bucket';
import { Fault } from '../../../fault.ts';
import type { Logger } from '../../../logger.ts';
import type { BucketReplica, KeyState } from './bucket-replica.ts';
import { keyPrefixOf, streamOf } from './bucket-layout.ts';
import { BucketWatch } from './bucket-watch.ts';
import type { JetStreamApi } from '../jetstream-api.ts';

export interface FollowerParts<B extends Bucket> {
  readonly bucket: B;
  readonly copy: BucketReplica<B>;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly api: JetStreamApi;
  readonly inboxPrefix: string;
  readonly logger: Logger;
  /** Makes the bucket where it is not there. */
  readonly create: () => Promise<unknown>;
}

/**
 * Keeps a copy of a bucket at the bucket's state. Whatever breaks the watch, it begins anew, and makes the bucket anew
 * where it has gone: one in memory goes with its server.
 */
export class BucketFollower<B extends Bucket> {
  /** Resolves when the copy holds all that is in the bucket, for the first time. */
  readonly loaded: Promise<void>;
  readonly #parts: FollowerParts<B>;
  readonly #setLoaded: () => void;
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>();
  /** Up to here the copy has every write; undefined while it does not follow the bucket. */
  #revision: number | undefined;
  #failures = 0;

  constructor(parts: FollowerParts<B>) {
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.loaded = promise;
    this.#setLoaded = () => {
      resolve(undefined);
    };
  }

  get isCurrent(): boolean {
    return this.#revision !== undefined && !this.#parts.api.connectionLost.aborted;
  }

  /** Resolves when the copy has the write of this revision; rejects with a Fault where that takes as long as no call may. */
  async untilRevision(revision: number): Promise<void> {
    if (this.#revision !== undefined && this.#revision >= revision) return;
    const { bucket, api } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const waiter = {
      revision,
      resolve: () => {
        resolve(undefined);
      },
    };
    this.#waiting.add(waiter);
    try {
      await api.run(`tell of a write to ${bucket.name}`, () => promise);
    } finally {
      this.#waiting.delete(waiter);
    }
  }

  /** Resolves when the API is stopped. */
  async follow(): Promise<void> {
    const { copy, api } = this.#parts;
    while (!api.isStopped) {
      // What could not begin is in the log already.
      const end = await this.#watch().catch(() => undefined);
      this.#revision = undefined;
      if (end) this.#report(end);
      await api.pause(this.#failures++);
    }
    copy.stop();
  }

  /** An end that the connection's explains is no news. */
  #report(end: Error): void {
    const { bucket, api, logger } = this.#parts;
    if (api.isStopped || api.connectionLost.aborted) return;
    logger.warn({ err: end, bucket: bucket.name }, 'a bucket is no longer followed: beginning anew');
  }

  /** Resolves with what has ended the watch; rejects where it could not begin. */
  async #watch(): Promise<Error> {
    const { bucket, copy, client, manager, api, inboxPrefix, create } = this.#parts;
    await api.retryUntilStopped(`make the bucket ${bucket.name}`, create);
    const { connectionLost } = api;
    const watch = await BucketWatch.begin({
      client,
      manager,
      api,
      inboxPrefix,
      stream: streamOf(bucket),
      keyPrefix: keyPrefixOf(bucket),
      onSnapshot: (states) => {
        copy.replace(states);
        this.#failures = 0;
        this.#reach(newestOf(states));
        this.#setLoaded();
      },
      onChange: (state) => {
        copy.apply(state);
        this.#reach(state.revision);
      },
    });
    const onLost = () => {
      watch.stop(new Fault('bus_disconnected'));
    };
    connectionLost.addEventListener('abort', onLost);
    if (connectionLost.aborted) onLost();
    const end = await watch.ended;
    connectionLost.removeEventListener('abort', onLost);
    return end;
  }

  #reach(revision: number): void {
    this.#revision = revision;
    for (const waiter of this.#waiting) {
      if (waiter.revision > revision) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }
}

function newestOf(states: readonly KeyState[]): number {
  return states.reduce((newest, { revision }) => Math.max(newest, revision), 0);
}
