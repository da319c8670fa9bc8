import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { Bucket } from '@weir/contracts/bucket';
import type { DurableEvent } from '@weir/contracts/descriptors';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { Logger } from '../../logger.ts';
import type { Metrics } from '../../metrics.ts';
import type { Problems } from '../../problems.ts';
import { FollowedBuckets } from './buckets/followed-buckets.ts';
import type { ConsumeOptions, ConsumerPosition, CreatedStream, DurableHandler } from '../bus.ts';
import { DurableConsumers } from './consume/durable-consumers.ts';
import type { EncodedEvent } from './publish/cloud-event.ts';
import type { BucketRevisions, UnreadableEntries } from '../discovery/service-metadata.ts';
import type { ServiceIdentity } from '../discovery/discovery-responder.ts';
import { JetStreamApi } from './jetstream-api.ts';
import type { BusConnection } from '../connection/bus-connection.ts';
import { DurablePublisher } from './publish/durable-publisher.ts';
import type { Store } from '../store.ts';
import { deadLetterStreamConfig, durableStreamConfig, type WantedStream } from './stream-config.ts';
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
  readonly problems: Problems;
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
  readonly #buckets: FollowedBuckets;

  constructor(parts: JetStreamParts) {
    const { connection, identity, replicas, clock, logger, metrics, problems } = parts;
    this.#parts = parts;
    // Whether there is JetStream for this account, its answers say.
    this.#client = jetstream(connection.nats, { checkAPI: false });
    this.#api = new JetStreamApi({
      connectionLost: () => connection.connectionLost,
      clock,
      logger,
      problems,
    });
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
      problems,
      onNotStored,
    });
    const [client, api] = [this.#client, this.#api];
    const { name: service, id: instance } = identity;
    const ensureLetterStream = () => this.#untilCreated(this.#ensurerOf(deadLetterStreamConfig(replicas)));
    const consuming = { service, instance, connection, client, api, ensureLetterStream };
    this.#consumers = new DurableConsumers({
      ...consuming,
      onLetterNotStored: onNotStored,
      clock,
      logger,
      metrics,
    });
    this.#buckets = new FollowedBuckets({
      connection,
      client,
      api,
      creator: this.#creator,
      replicas,
      clock,
      logger,
      metrics,
    });
  }

  store<B extends Bucket>(bucket: B): Promise<Store<B>> {
    return this.#buckets.store(bucket);
  }

  /** How far the copies are, by the names of their buckets. */
  get bucketRevisions(): BucketRevisions {
    return this.#buckets.revisions;
  }

  /** What it cannot read or use of its buckets, where there is anything. */
  get unreadableEntries(): UnreadableEntries {
    return this.#buckets.unreadable;
  }

  ensureStream(stream: CreatedStream): Promise<void> {
    const config = durableStreamConfig(stream, this.#parts.replicas);
    return this.#untilCreated(this.#ensurerOf(config, stream.maxBytesSetting), 'or refused');
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

  #ensurerOf(config: WantedStream, maxBytesSetting?: string): StreamEnsurer {
    const { name: stream, max_bytes: maxBytes, num_replicas: replicas = 1 } = config;
    const ensurer = new StreamEnsurer({
      needs: { stream, maxBytes, maxBytesSetting, replicas },
      api: this.#api,
      create: async () => this.#creator.create(await this.#client.jetstreamManager(), config),
    });
    this.#ensurers.push(ensurer);
    return ensurer;
  }

  async #untilCreated(ensurer: StreamEnsurer, orRefused?: 'or refused'): Promise<void> {
    const ends = [ensurer.created, ensurer.keep(), ...(orRefused ? [ensurer.refused] : [])];
    await Promise.race(ends);
    if (this.#api.isStopped) throw new Fault('bus_disconnected');
  }
}
