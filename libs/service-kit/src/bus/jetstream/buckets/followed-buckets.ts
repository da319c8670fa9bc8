import type { JetStreamClient } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Bucket } from '@weir/contracts/bucket';
import type { Clock } from '../../../clock.ts';
import { Fault } from '../../../fault.ts';
import type { Logger } from '../../../logger.ts';
import type { Metrics } from '../../../metrics.ts';
import type { BusConnection } from '../../connection/bus-connection.ts';
import type { BucketRevisions, UnreadableEntries } from '../../discovery/service-metadata.ts';
import type { Store } from '../../store.ts';
import type { JetStreamApi } from '../jetstream-api.ts';
import { bucketStreamConfig } from '../stream-config.ts';
import type { StreamCreator } from '../stream-creator.ts';
import { BucketFollower } from './bucket-follower.ts';
import { BucketReplica } from './bucket-replica.ts';
import { KvStore } from './kv-store.ts';

interface BucketsParts {
  readonly connection: Pick<BusConnection, 'inboxPrefix'>;
  readonly client: JetStreamClient;
  readonly api: JetStreamApi;
  readonly creator: StreamCreator;
  /** On how many servers a bucket is kept that is made here. */
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

/** A bucket that was written over as a whole is not logged key by key. */
const maxLogged = 50;
/** How many entries others are told by name. */
const maxNamed = 5;

/** The buckets that a service follows, each with its copy, and what operators are told of them. */
export class FollowedBuckets {
  readonly #parts: BucketsParts;
  readonly #followed: Followed[] = [];
  readonly #invalid;

  constructor(parts: BucketsParts) {
    const { metrics } = parts;
    this.#parts = parts;
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
    const { api, client, connection, creator, logger, replicas } = this.#parts;
    const manager = await client.jetstreamManager();
    const copy = this.#copyOf(bucket);
    const config = bucketStreamConfig(bucket, replicas);
    const follower = new BucketFollower({
      bucket,
      copy,
      client,
      manager,
      api,
      logger,
      inboxPrefix: connection.inboxPrefix,
      needs: { stream: config.name, maxBytes: bucket.maxBytes, maxBytesSetting: undefined, replicas },
      create: () => creator.create(manager, config),
    });
    this.#followed.push({ bucket: bucket.name, copy, follower });
    await Promise.race([follower.loaded, follower.follow()]);
    if (api.isStopped) throw new Fault('bus_disconnected');
    const kv = await new Kvm(client).open(bucket.name);
    return new KvStore({ bucket, copy, client, manager, api, follower, kv });
  }

  /** How far the copies are, by the names of their buckets. */
  get revisions(): BucketRevisions {
    return Object.fromEntries(this.#followed.map(({ bucket, follower }) => [bucket, follower.copyRevision]));
  }

  /** What it cannot read or use of its buckets, where there is anything. */
  get unreadable(): UnreadableEntries {
    const found = this.#followed
      .map(({ bucket, copy: { problems } }) => [bucket, summaryOf(problems)] as const)
      .filter(([, { count }]) => count > 0);
    return Object.fromEntries(found);
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

function summaryOf(problems: BucketReplica<Bucket>['problems']): UnreadableEntries[string] {
  return {
    count: problems.length,
    named: problems.slice(0, maxNamed).map(([key, reason]) => ({ key, reason })),
  };
}
