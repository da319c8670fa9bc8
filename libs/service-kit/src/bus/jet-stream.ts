import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Bucket } from '@weir/contracts/bucket';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { BucketCopy } from './bucket-copy.ts';
import { BucketFollower } from './bucket-follower.ts';
import type { DurableStream } from './bus.ts';
import type { CloudEvent } from './cloud-event.ts';
import { JetStreamCalls } from './jet-stream-calls.ts';
import { JetStreamStore } from './jet-stream-store.ts';
import type { Lane } from './lane.ts';
import { Recorder } from './recorder.ts';
import type { Store } from './store.ts';
import { bucketStreamConfig, durableStreamConfig } from './stream-config.ts';
import { StreamKeeper } from './stream-keeper.ts';
import { StreamMaker } from './stream-maker.ts';
import { untilStored } from './until-stored.ts';

interface JetStreamParts {
  readonly lane: Lane;
  /** On how many servers each bucket and stream is kept that is made here. */
  readonly replicas: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The buckets, streams and durable events of a service, over one of its connections. */
export class JetStream {
  readonly #parts: JetStreamParts;
  readonly #client: JetStreamClient;
  readonly #calls: JetStreamCalls;
  readonly #recorder: Recorder;
  readonly #maker: StreamMaker;
  readonly #keepers: StreamKeeper[] = [];
  readonly #followers: { readonly isCurrent: boolean }[] = [];
  readonly #invalid;

  constructor(parts: JetStreamParts) {
    const { lane, clock, logger, metrics } = parts;
    this.#parts = parts;
    // Whether there is JetStream for this account, its answers say.
    this.#client = jetstream(lane.connection, { checkAPI: false });
    this.#calls = new JetStreamCalls({ connectionLost: () => lane.connectionLost, clock, logger });
    this.#maker = new StreamMaker(logger);
    const { inbox, outbox } = lane;
    const onNotStored = () => {
      for (const keeper of this.#keepers) keeper.doubt();
    };
    this.#recorder = new Recorder({ inbox, outbox, clock, logger, metrics, onNotStored });
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
    const copy = this.#copyOf(bucket);
    const follower = new BucketFollower({
      bucket,
      copy,
      client,
      manager,
      calls,
      logger,
      inboxPrefix: lane.inboxPrefix,
      create: () => this.#maker.make(manager, bucketStreamConfig(bucket, replicas)),
    });
    this.#followers.push(follower);
    await Promise.race([follower.loaded, follower.follow()]);
    if (calls.isStopped) throw new Fault('bus_disconnected');
    const kv = await new Kvm(client).open(bucket.name);
    return new JetStreamStore({ bucket, copy, client, manager, calls, follower, kv });
  }

  async keepStream(stream: DurableStream): Promise<void> {
    const calls = this.#calls;
    const manager = await this.#client.jetstreamManager();
    const config = durableStreamConfig(stream, this.#parts.replicas);
    const keeper = new StreamKeeper({
      name: stream.name,
      calls,
      make: () => this.#maker.make(manager, config),
    });
    this.#keepers.push(keeper);
    await Promise.race([keeper.made, keeper.keep()]);
    if (calls.isStopped) throw new Fault('bus_disconnected');
  }

  record(event: CloudEvent): void {
    this.#recorder.record(event);
  }

  /** Waits for what was recorded, at the longest until `untilMs`. From then on no bucket is followed and no stream kept. */
  async stop(untilMs: number): Promise<void> {
    await untilStored(this.#recorder, untilMs, this.#parts.clock);
    this.#recorder.stop();
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
