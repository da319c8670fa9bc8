import {
  DiscardPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { nanos } from '@nats-io/transport-node';
import type { Bucket } from '@weir/contracts/bucket';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { BucketCopy } from './bucket-copy.ts';
import { BucketFollower } from './bucket-follower.ts';
import type { DurableStream } from './bus.ts';
import { JetStreamCalls } from './jet-stream-calls.ts';
import { JetStreamStore } from './jet-stream-store.ts';
import type { Lane } from './lane.ts';
import type { Store } from './store.ts';

interface JetStreamParts {
  readonly lane: Lane;
  /** On how many servers each bucket and stream is kept that is made here. */
  readonly replicas: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How long a stream knows a message's id, so that one that is sent again is stored once. */
const duplicateWindowMs = 120_000;

/** The buckets and streams of a service, over one of its connections. */
export class JetStream {
  readonly #parts: JetStreamParts;
  readonly #client: JetStreamClient;
  readonly #calls: JetStreamCalls;
  readonly #followers: { readonly isCurrent: boolean }[] = [];
  readonly #invalid;

  constructor(parts: JetStreamParts) {
    const { lane, clock, logger, metrics } = parts;
    this.#parts = parts;
    // Whether there is JetStream for this account, its answers say.
    this.#client = jetstream(lane.connection, { checkAPI: false });
    this.#calls = new JetStreamCalls({ connectionLost: () => lane.connectionLost, clock, logger });
    metrics.gauge(
      { name: 'bus_stores_behind', help: 'Buckets whose newest state this instance may not have.' },
      () => this.#followers.filter(({ isCurrent }) => !isCurrent).length,
    );
    this.#invalid = metrics.counter({
      name: 'bus_store_invalid_total',
      help: "Values in buckets that are not valid by the bucket's schema, and count as absent.",
      labels: ['bucket'],
    });
  }

  async store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    const { lane, replicas, logger } = this.#parts;
    const [client, calls] = [this.#client, this.#calls];
    const manager = await client.jetstreamManager();
    const kvm = new Kvm(client);
    const copy = this.#copyOf(bucket);
    const follower = new BucketFollower({
      bucket,
      copy,
      client,
      manager,
      calls,
      logger,
      inboxPrefix: lane.inboxPrefix,
      create: () => kvm.create(bucket.name, bucketOptions(bucket, replicas)),
    });
    this.#followers.push(follower);
    await Promise.race([follower.loaded, follower.follow()]);
    if (calls.isStopped) throw new Fault('bus_disconnected');
    const kv = await kvm.open(bucket.name);
    return new JetStreamStore({ bucket, copy, client, manager, calls, follower, kv });
  }

  async keepStream(stream: DurableStream): Promise<void> {
    const { streams } = await this.#client.jetstreamManager();
    const { name, subjects, maxBytes, maxAgeMs } = stream;
    await this.#calls.insist(`make the stream ${name}`, async () => {
      if (await streams.info(name).catch(nothingIfNotFound)) return;
      await streams.add({
        name,
        subjects: [...subjects],
        max_bytes: maxBytes,
        ...(maxAgeMs !== undefined && { max_age: nanos(maxAgeMs) }),
        storage: StorageType.File,
        num_replicas: this.#parts.replicas,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        duplicate_window: nanos(Math.min(duplicateWindowMs, maxAgeMs ?? Infinity)),
      });
    });
  }

  /** Follows no bucket any more, once the connection is closed. */
  stop(): void {
    this.#calls.stop();
  }

  #copyOf<B extends Bucket>(bucket: B): BucketCopy<B> {
    const { clock, logger } = this.#parts;
    return new BucketCopy({
      bucket,
      clock,
      onInvalid: (key, error) => {
        this.#invalid.inc({ bucket: bucket.name });
        logger.error({ err: error, bucket: bucket.name, entry: key }, 'a value in a bucket is not valid');
      },
      onListenerFailed: (error) => {
        logger.error({ err: error, bucket: bucket.name }, 'a change of a bucket could not be handled');
      },
    });
  }
}

function bucketOptions({ history, storage, maxAgeMs }: Bucket, replicas: number) {
  return {
    history,
    replicas,
    storage: storage === 'file' ? StorageType.File : StorageType.Memory,
    ...(maxAgeMs !== undefined && { ttl: maxAgeMs }),
  };
}

function nothingIfNotFound(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return;
  throw error;
}
