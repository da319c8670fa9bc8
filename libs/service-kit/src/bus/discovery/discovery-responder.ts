import { isInbox } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import type { EndpointStats, RequestStats } from '../rpc/request-stats.ts';
import type { Subscriber } from '../connection/subscriber.ts';
import { encodeMetadata, type ServiceMetadata } from './service-metadata.ts';

export interface ServiceIdentity {
  /** `router`. */
  name: string;
  /** This process among the service's instances. */
  id: string;
  /** Semantic version. */
  version: string;
  description: string;
}

interface DiscoveryParts {
  identity: ServiceIdentity;
  stats: RequestStats;
  clock: Clock;
  metadata: () => ServiceMetadata;
}

interface Announcing {
  readonly subscriber: Subscriber;
  readonly publisher: BatchingPublisher;
}

/**
 * NATS's service protocol (ADR-32), so that `nats micro ls`, `info` and `stats` see every service. Written here
 * because the client's own package for it does not await handlers; its wire form is the same.
 */
export class DiscoveryResponder {
  readonly #parts: DiscoveryParts;
  readonly #startedAt: string;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
    this.#startedAt = new Date(parts.clock.nowMs()).toISOString();
  }

  /** From now on the service is found by this connection, until the returned function is called. Before it serves, others would ask in vain. */
  announce({ subscriber, publisher }: Announcing): () => void {
    const { name, id } = this.#parts.identity;
    const subscriptions = Object.entries(this.#answers()).flatMap(([verb, answer]) =>
      ['', `.${name}`, `.${name}.${id}`].map((suffix) =>
        subscriber.subscribe(`$SRV.${verb}${suffix}`, ({ reply }) => {
          if (reply && isInbox(reply)) publisher.trySend({ subject: reply, data: JSON.stringify(answer()) });
        }),
      ),
    );
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }

  #answers() {
    const { identity, stats, metadata } = this.#parts;
    const { name, id, version, description } = identity;
    const self = () => ({ name, id, version, metadata: encodeMetadata(metadata()) });
    return {
      PING: () => ({ type: 'io.nats.micro.v1.ping_response', ...self() }),
      INFO: () => ({
        type: 'io.nats.micro.v1.info_response',
        ...self(),
        description,
        endpoints: [...stats.endpoints.values()].map((endpoint) => ({
          name: verbOf(endpoint),
          subject: endpoint.subject,
          queue_group: name,
          metadata: {},
        })),
      }),
      STATS: () => ({
        type: 'io.nats.micro.v1.stats_response',
        ...self(),
        started: this.#startedAt,
        endpoints: [...stats.endpoints.values()].map((endpoint) => statsOf(endpoint, name)),
      }),
    };
  }
}

function statsOf(endpoint: EndpointStats, queue: string) {
  const { subject, requests, errors, lastError, processingTimeNs } = endpoint;
  return {
    name: verbOf(endpoint),
    subject,
    queue_group: queue,
    num_requests: requests,
    num_errors: errors,
    last_error: lastError,
    processing_time: processingTimeNs,
    average_processing_time: requests === 0 ? 0 : Math.round(processingTimeNs / requests),
  };
}

/** The protocol allows no dots in the names of endpoints, and the service's own name stands beside them. */
function verbOf({ name }: EndpointStats): string {
  return name.slice(name.indexOf('.') + 1);
}
