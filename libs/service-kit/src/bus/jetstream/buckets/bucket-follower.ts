import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { Bucket } from '@weir/contracts/bucket';
import { Fault } from '../../../fault.ts';
import type { Logger } from '../../../logger.ts';
import { onAbort } from '../../../on-abort.ts';
import type { BucketReplica } from './bucket-replica.ts';
import type { KeyState } from './read-entry.ts';
import { keyPrefixOf, streamOf } from './bucket-layout.ts';
import { BucketWatch } from './bucket-watch.ts';
import type { JetStreamApi } from '../jetstream-api.ts';
import type { StreamNeeds } from '../jetstream-problem.ts';

export interface FollowerParts<B extends Bucket> {
  readonly bucket: B;
  readonly copy: BucketReplica<B>;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly api: JetStreamApi;
  readonly inboxPrefix: string;
  readonly logger: Logger;
  /** What its stream takes of JetStream. */
  readonly needs: StreamNeeds;
  /** Creates the bucket where it is not there. */
  readonly create: () => Promise<unknown>;
}

/**
 * Keeps a replica of a bucket up to date. When its watch breaks, for whatever reason, it starts another, and creates the bucket
 * if that has gone, as one in memory does when its server restarts.
 */
export class BucketFollower<B extends Bucket> {
  /** Resolves when the replica has loaded the whole bucket for the first time. */
  readonly loaded: Promise<void>;
  readonly #parts: FollowerParts<B>;
  readonly #setLoaded: () => void;
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>();
  /** The newest revision that the replica has; undefined while no watch is running. */
  #revision: number | undefined;
  #copyRevision = 0;
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

  /** The newest revision that the replica has, or had when it was last current; 0 before it is loaded. */
  get copyRevision(): number {
    return this.#copyRevision;
  }

  /** Resolves when the replica has this revision; rejects with a Fault after five seconds or when the connection is lost. */
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
      await api.run(`receive a write to ${bucket.name}`, () => promise);
    } finally {
      this.#waiting.delete(waiter);
    }
  }

  /** Resolves when the API is stopped. */
  async follow(): Promise<void> {
    const { copy, api } = this.#parts;
    while (!api.isStopped) {
      // A watch that could not start is in the log already.
      const end = await this.#watch().catch(() => undefined);
      this.#revision = undefined;
      if (end) this.#report(end);
      await api.pause(this.#failures++);
    }
    copy.stop();
  }

  /** Logs why the watch has ended, unless the lost connection is the reason: that is logged already. */
  #report(end: Error): void {
    const { bucket, api, logger } = this.#parts;
    if (api.isStopped || api.connectionLost.aborted) return;
    logger.warn({ err: end, bucket: bucket.name }, 'a bucket is no longer followed: beginning anew');
  }

  /** Resolves with the reason when the watch ends; rejects when it could not start. */
  async #watch(): Promise<Error> {
    const { bucket, copy, client, manager, api, inboxPrefix, needs, create } = this.#parts;
    await api.retryUntilStopped(`create the bucket ${bucket.name}`, create, { needs });
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
    const forgetConnection = onAbort(connectionLost, () => {
      watch.stop(new Fault('bus_disconnected'));
    });
    const end = await watch.ended;
    forgetConnection();
    return end;
  }

  #reach(revision: number): void {
    this.#revision = revision;
    this.#copyRevision = revision;
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
