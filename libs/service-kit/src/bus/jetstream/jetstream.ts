import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Bucket } from '@weir/contracts/bucket';
import type { DurableEvent } from '@weir/contracts/descriptors';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { Logger } from '../../logger.ts';
import type { Metrics } from '../../metrics.ts';
import { BucketReplica } from './buckets/bucket-replica.ts';
import { BucketFollower } from './buckets/bucket-follower.ts';
import type { ConsumeOptions, ConsumerPosition, CreatedStream, DurableHandler } from '../bus.ts';
import { DurableConsumers } from './consume/durable-consumers.ts';
import type { EncodedEvent } from './publish/cloud-event.ts';
import type { BucketRevisions, UnreadableEntries } from '../discovery/service-metadata.ts';
import type { ServiceIdentity } from '../discovery/discovery-responder.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { KvStore } from './buckets/kv-store.ts';
import type { BusConnection } from '../connection/bus-connection.ts';
import { DurablePublisher } from './publish/durable-publisher.ts';
import type { Store } from '../store.ts';
import {
  bucketStreamConfig,
  deadLetterStreamConfig,
  durableStreamConfig,
  type WantedStream,
} from './stream-config.ts';
import { StreamEnsurer } from './stream-ensurer.ts';
import { StreamCreator } from './stream-creator.ts';
import { untilStored } from './publish/until-stored.ts';

interface JetStreamParts {
  readonly connection: BusConnection;
  readonly identity: ServiceIdentity;
  /** On how many servers each bucket and stream is kept that is made here. */
  readonly replicas: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Followed {
  /** Its name. */
  readonly bucket: string;
  readonly copy: Pick<BucketReplica<Bucket>, 'problems'>;
  readonly follower: { readonly isCurrent: boolean; readonly copyRevision: number };
}

/** The buckets, streams and durable events of a service, over one of its connections. */
export class JetStream {
  readonly #parts: JetStreamParts;
  readonly #client: JetStreamClient;
  readonly #api: JetStreamApi;
  readonly #publisher: DurablePublisher;
  readonly #creator: StreamCreator;
  readonly #ensurers: StreamEnsurer[] = [];
  readonly #consumers: DurableConsumers;
  readonly #followed: Followed[] = [];
  readonly #invalid;

  constructor(parts: JetStreamParts) {
    const { connection, identity, replicas, clock, logger, metrics } = parts;
    this.#parts = parts;
    // Whether there is JetStream for this account, its answers say.
    this.#client = jetstream(connection.nats, { checkAPI: false });
    this.#api = new JetStreamApi({ connectionLost: () => connection.connectionLost, clock, logger });
    this.#creator = new StreamCreator(logger);
    const { inbox, publisher } = connection;
    const publisherId = `${identity.name}-${identity.id}`;
    const onNotStored = () => {
      for (const ensurer of this.#ensurers) ensurer.recheck();
    };
    this.#publisher = new DurablePublisher({
      publisherId,
      inbox,
      publisher,
      clock,
      logger,
      metrics,
      onNotStored,
    });
    const [client, api] = [this.#client, this.#api];
    const { name: service, id: instance } = identity;
    const ensureLetterStream = () => this.#ensureStream(deadLetterStreamConfig(replicas));
    const consuming = { service, instance, connection, client, api, ensureLetterStream };
    this.#consumers = new DurableConsumers({
      ...consuming,
      onLetterNotStored: onNotStored,
      clock,
      logger,
      metrics,
    });
    metrics.gauge(
      { name: 'bus_stores_behind', help: 'Buckets whose newest state this instance may not have.' },
      () => this.#followed.filter(({ follower }) => !follower.isCurrent).length,
    );
    this.#invalid = metrics.counter({
      name: 'bus_store_invalid_total',
      help: 'Values that came in buckets and could not be read: what depends on them is refused.',
      labels: ['bucket'],
    });
    metrics.gaugeBy(
      {
        name: 'bus_store_unreadable_entries',
        help: 'Entries of buckets that this instance cannot read or use now: what depends on them is refused.',
        labels: ['bucket'],
      },
      () => this.#followed.map(({ bucket, copy }) => [{ bucket }, copy.problems.length] as const),
    );
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
      create: () => this.#creator.create(manager, bucketStreamConfig(bucket, replicas)),
    });
    this.#followed.push({ bucket: bucket.name, copy, follower });
    await Promise.race([follower.loaded, follower.follow()]);
    if (api.isStopped) throw new Fault('bus_disconnected');
    const kv = await new Kvm(client).open(bucket.name);
    return new KvStore({ bucket, copy, client, manager, api, follower, kv });
  }

  /** How far the copies are, by the names of their buckets. */
  get bucketRevisions(): BucketRevisions {
    return Object.fromEntries(this.#followed.map(({ bucket, follower }) => [bucket, follower.copyRevision]));
  }

  /** What it cannot read or use of its buckets, where there is anything. */
  get unreadableEntries(): UnreadableEntries {
    const found = this.#followed
      .map(({ bucket, copy: { problems } }) => [bucket, summaryOf(problems)] as const)
      .filter(([, { count }]) => count > 0);
    return Object.fromEntries(found);
  }

  ensureStream(stream: CreatedStream): Promise<void> {
    return this.#ensureStream(durableStreamConfig(stream, this.#parts.replicas));
  }

  publish(event: EncodedEvent): void {
    this.#publisher.publish(event);
  }

  /** See `Bus.durablePublished`. */
  published(): Promise<void> {
    return this.#publisher.published();
  }

  consume<E extends DurableEvent>(event: E, handler: DurableHandler<E>, options?: ConsumeOptions): void {
    this.#consumers.consume(event, handler, options);
  }

  consumerPosition(event: DurableEvent, options?: Pick<ConsumeOptions, 'as'>): Promise<ConsumerPosition> {
    return this.#consumers.position(event, options);
  }

  /** What it lacks to be ready, in words for an operator. */
  get missing(): string[] {
    return this.#consumers.missing;
  }

  /** Finishes what is being consumed, at the longest until `untilMs`, and takes nothing more. */
  stopConsuming(untilMs: number): Promise<void> {
    return this.#consumers.stop(untilMs);
  }

  /** Waits for what was published, at the longest until `untilMs`. From then on no bucket is followed and no stream ensured. */
  async stop(untilMs: number): Promise<void> {
    await untilStored(this.#publisher, untilMs, this.#parts.clock);
    this.#publisher.stop();
    this.#api.stop();
  }

  async #ensureStream(config: WantedStream): Promise<void> {
    const api = this.#api;
    const manager = await this.#client.jetstreamManager();
    const ensurer = new StreamEnsurer({
      name: config.name,
      api,
      create: () => this.#creator.create(manager, config),
    });
    this.#ensurers.push(ensurer);
    await Promise.race([ensurer.created, ensurer.keep()]);
    if (api.isStopped) throw new Fault('bus_disconnected');
  }

  #copyOf<B extends Bucket>(bucket: B): BucketReplica<B> {
    const { clock, logger } = this.#parts;
    const copy = new BucketReplica<B>({
      bucket,
      clock,
      onUnreadable: ({ key, revision, reason }) => {
        this.#invalid.inc({ bucket: bucket.name });
        if (copy.unreadable.size > maxLogged) return;
        const entry = { bucket: bucket.name, entry: key, revision, reason };
        logger.error(entry, 'an entry of a bucket cannot be read: what depends on it is refused');
      },
      onListenerFailed: (error) => {
        logger.error({ err: error, bucket: bucket.name }, 'a change of a bucket could not be handled');
      },
    });
    return copy;
  }
}

/** A bucket that was written over as a whole is not logged key by key. */
const maxLogged = 50;
/** How many entries others are told by name. */
const maxNamed = 5;

function summaryOf(problems: BucketReplica<Bucket>['problems']): UnreadableEntries[string] {
  return {
    count: problems.length,
    named: problems.slice(0, maxNamed).map(([key, reason]) => ({ key, reason })),
  };
}
