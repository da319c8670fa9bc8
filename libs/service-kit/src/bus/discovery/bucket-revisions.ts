import { z } from 'zod';

/** How far a replica follows each bucket: by the bucket's name, the newest revision that its copy has. */
export type BucketRevisions = Readonly<Record<string, number>>;

/** ADR-32's metadata has texts under names that are their owners' to choose. */
const prefix = 'bucket.';

export function metadataOf(revisions: BucketRevisions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(revisions).map(([name, revision]) => [prefix + name, String(revision)]),
  );
}

/** What `metadataOf` has made; what else there is in the metadata is left alone. */
export const bucketRevisionsSchema = z
  .record(z.string(), z.string())
  .transform((metadata): BucketRevisions => {
    const ofBuckets = Object.entries(metadata).filter(
      ([name, text]) => name.startsWith(prefix) && /^\d{1,15}$/.test(text),
    );
    return Object.fromEntries(ofBuckets.map(([name, text]) => [name.slice(prefix.length), Number(text)]));
  });
