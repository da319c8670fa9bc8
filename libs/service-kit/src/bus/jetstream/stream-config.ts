import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Bucket } from '@weir/contracts/bucket';
import { deadLetterStream } from '@weir/contracts/durable-consumers';
import { keyPrefixOf, streamOf } from './buckets/bucket-layout.ts';
import type { CreatedStream } from '../bus.ts';

/** A stream as it is asked for. What is not said here is as the server has it by default. */
export type AskedStream = Partial<StreamConfig> & Pick<StreamConfig, 'name'>;

/** How long a stream knows a message's id, so that one that is sent again is stored once. */
const duplicateWindowMs = 120_000;

/** `replicas` is on how many servers it is kept. */
export function durableStreamConfig(stream: CreatedStream, replicas: number): AskedStream {
  const { name, subjects, maxBytes, maxAgeMs } = stream;
  return {
    name,
    subjects: [...subjects],
    max_bytes: maxBytes,
    ...(maxAgeMs !== undefined && { max_age: nanos(maxAgeMs) }),
    storage: StorageType.File,
    num_replicas: replicas,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    duplicate_window: nanos(Math.min(duplicateWindowMs, maxAgeMs ?? Infinity)),
  };
}

/** No letter is discarded for another: where there is no more room, what cannot be handled comes again until there is. */
const deadLetterMaxBytes = 256 * 1024 * 1024;

/** The stream that keeps dead letters and replays, each until it is deleted or acknowledged. */
export function deadLetterStreamConfig(replicas: number): AskedStream {
  const { name, subjects } = deadLetterStream;
  return {
    ...durableStreamConfig({ name, subjects, maxBytes: deadLetterMaxBytes }, replicas),
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
  };
}

/**
 * A bucket's stream, as NATS lays buckets out (ADR-8), but for one thing: no message may take others away. As the client
 * makes buckets, whoever may write one entry may delete all of them, by one message that stands in their place.
 */
export function bucketStreamConfig(bucket: Bucket, replicas: number): AskedStream {
  const { history, maxAgeMs, maxBytes, storage } = bucket;
  return {
    name: streamOf(bucket),
    subjects: [`${keyPrefixOf(bucket)}>`],
    max_msgs_per_subject: history,
    ...(maxAgeMs !== undefined && { max_age: nanos(maxAgeMs) }),
    ...(maxBytes !== undefined && { max_bytes: maxBytes }),
    storage: storage === 'file' ? StorageType.File : StorageType.Memory,
    num_replicas: replicas,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: false,
    deny_delete: true,
    deny_purge: true,
  };
}
