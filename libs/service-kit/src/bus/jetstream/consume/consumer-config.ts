import {
  AckPolicy,
  DeliverPolicy,
  ReplayPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
} from '@nats-io/jetstream';
import type { ConsumerAPI, ConsumerConfig } from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';

/** What a consumer reads, and what it is called. */
export interface ConsumerSource {
  readonly stream: string;
  /** The one subject whose messages it gets. */
  readonly subject: string;
  /** `cost-usage-attempted`. */
  readonly name: string;
}

/** How long a replica may keep a message without a word before another gets it. */
const ackWaitMs = 30_000;

/** How many messages are in the replicas' hands or wait to be delivered again, before no further one is delivered. */
const maxAckPending = 4_096;

/**
 * Creates a service's consumer where it is not there, and leaves one that is there as it is. It begins with the oldest
 * message of the stream. Resolves with its ack wait, in milliseconds. The server redelivers without a bound: the service itself counts, since it keeps what it gives up.
 */
export async function ensureConsumer(
  consumers: Pick<ConsumerAPI, 'info' | 'add'>,
  { stream, subject, name }: ConsumerSource,
): Promise<number> {
  const config: Partial<ConsumerConfig> = {
    durable_name: name,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    max_deliver: -1,
    max_ack_pending: maxAckPending,
  };
  try {
    const info = await consumers.info(stream, name);
    return millis(info.config.ack_wait ?? nanos(ackWaitMs));
  } catch (error) {
    const isMissing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
    if (!isMissing) throw error;
    await consumers.add(stream, config);
    return ackWaitMs;
  }
}
