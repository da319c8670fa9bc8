import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Bucket } from '@weir/contracts/bucket';
import { deadLetterStream } from '@weir/contracts/durable-consumers';
import { keyPrefixOf, streamOf } from './buckets/bucket-layout.ts';
import type { CreatedStream } from '../bus.ts';

/** The settings that a stream is to have; the others are the server's defaults. */
export type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, 'name'>;

/** For how long a stream remembers a message's id: one that is sent again meanwhile is stored once. */
const duplicateWindowMs = 120_000;

/** `replicas` is the number of servers that keep it. */
export function durableStreamConfig(stream: CreatedStream, replicas: number): WantedStream {
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
    deny_delete: true,
    deny_purge: true,
  };
}

/** No letter is discarded for another: where there is no more room, what cannot be handled comes again until there is. */
const deadLetterMaxBytes = 256 * 1024 * 1024;

/** The stream that keeps dead letters and replays, each until it is deleted or acknowledged. */
export function deadLetterStreamConfig(replicas: number): WantedStream {
  const { name, subjects } = deadLetterStream;
  return {
    ...durableStreamConfig({ name, subjects, maxBytes: deadLetterMaxBytes }, replicas),
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    // An operator deletes letters, one by one.
    deny_delete: false,
  };
}

/**
 * A bucket's stream, laid out as NATS's ADR-8 says, with one difference: roll-ups are refused. The client's own buckets allow
 * them, and so let whoever may write one entry delete all of them by a single message.
 */
export function bucketStreamConfig(bucket: Bucket, replicas: number): WantedStream {
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
