import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Bucket } from '@weir/contracts/bucket';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { Logger } from '../../logger.ts';
import type { Metrics } from '../../metrics.ts';
import { BucketReplica } from './bucket-replica.ts';
import { BucketFollower } from './bucket-follower.ts';
import type { DurableStream } from '../bus.ts';
import type { CloudEvent } from './cloud-event.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { KvStore } from './kv-store.ts';
import type { BusConnection } from '../connection/bus-connection.ts';
import { DurablePublisher } from './durable-publisher.ts';
import type { Store } from '../store.ts';
import { bucketStreamConfig, durableStreamConfig } from './stream-config.ts';
import { StreamEnsurer } from './stream-ensurer.ts';
import { StreamCreator } from './stream-creator.ts';
import { untilStored } from './until-stored.ts';

interface JetStreamParts {
  readonly connection: BusConnection;
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
  readonly #api: JetStreamApi;
  readonly #recorder: DurablePublisher;
  readonly #maker: StreamCreator;
  readonly #keepers: StreamEnsurer[] = [];
  readonly #followers: { readonly isCurrent: boolean }[] = [];
  readonly #invalid;

  constructor(parts: JetStreamParts) {
    const { connection, clock, logger, metrics } = parts;
    this.#parts = parts;
    // Whether there is JetStream for this account, its answers say.
    this.#client = jetstream(connection.nats, { checkAPI: false });
    this.#api = new JetStreamApi({ connectionLost: () => connection.connectionLost, clock, logger });
    this.#maker = new StreamCreator(logger);
    const { inbox, publisher } = connection;
    const onNotStored = () => {
      for (const keeper of this.#keepers) keeper.recheck();
    };
    this.#recorder = new DurablePublisher({ inbox, publisher, clock, logger, metrics, onNotStored });
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
    const { connection, replicas, logger } = this.#parts;
    const [client, api] = [this.#client, this.#api];
    const manager = await client.jetstreamManager();
    const copy = this.#copyOf(bucket);
    const follower = new BucketFollower({
      bucket,
      copy,
      client,
      manager,
      api,
      logger,
      inboxPrefix: connection.inboxPrefix,
      create: () => this.#maker.make(manager, bucketStreamConfig(bucket, replicas)),
    });
    this.#followers.push(follower);
    await Promise.race([follower.loaded, follower.follow()]);
    if (api.isStopped) throw new Fault('bus_disconnected');
    const kv = await new Kvm(client).open(bucket.name);
    return new KvStore({ bucket, copy, client, manager, api, follower, kv });
  }

  async keepStream(stream: DurableStream): Promise<void> {
    const api = this.#api;
    const manager = await this.#client.jetstreamManager();
    const config = durableStreamConfig(stream, this.#parts.replicas);
    const keeper = new StreamEnsurer({
      name: stream.name,
      api,
      make: () => this.#maker.make(manager, config),
    });
    this.#keepers.push(keeper);
    await Promise.race([keeper.made, keeper.keep()]);
    if (api.isStopped) throw new Fault('bus_disconnected');
  }

  record(event: CloudEvent): void {
    this.#recorder.record(event);
  }

  /** Waits for what was recorded, at the longest until `untilMs`. From then on no bucket is followed and no stream kept. */
  async stop(untilMs: number): Promise<void> {
    await untilStored(this.#recorder, untilMs, this.#parts.clock);
    this.#recorder.stop();
    this.#api.stop();
  }

  #copyOf<B extends Bucket>(bucket: B): BucketReplica<B> {
    const { clock, logger } = this.#parts;
    return new BucketReplica({
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
