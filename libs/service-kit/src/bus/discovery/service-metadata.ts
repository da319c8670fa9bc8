import { z } from 'zod';

/** How far a replica follows each bucket: by the bucket's name, the newest revision that its copy has. */
export type BucketRevisions = Readonly<Record<string, number>>;

/** What an instance tells of itself beside what ADR-32 demands. */
export interface ServiceMetadata {
  /** Whether it can do its work: it may be found before. */
  readonly isReady: boolean;
  readonly buckets: BucketRevisions;
}

/** ADR-32's metadata has texts under names that are their owners' to choose. */
const bucketPrefix = 'bucket.';

export function encodeMetadata({ isReady, buckets }: ServiceMetadata): Record<string, string> {
  const revisions = Object.entries(buckets).map(([name, revision]): [string, string] => [
    bucketPrefix + name,
    String(revision),
  ]);
  return { ready: String(isReady), ...Object.fromEntries(revisions) };
}

/** What `encodeMetadata` has made; what else there is in the metadata is left alone. */
export const serviceMetadataSchema = z
  .record(z.string(), z.string())
  .transform((metadata): ServiceMetadata => {
    const ofBuckets = Object.entries(metadata).filter(
      ([name, text]) => name.startsWith(bucketPrefix) && /^\d{1,15}$/.test(text),
    );
    return {
      isReady: metadata['ready'] !== 'false',
      buckets: Object.fromEntries(
        ofBuckets.map(([name, text]) => [name.slice(bucketPrefix.length), Number(text)]),
      ),
    };
  });
