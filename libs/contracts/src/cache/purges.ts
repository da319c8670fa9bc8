import { z } from 'zod';
import { bucket, type ValueOf } from '../bucket.ts';

/**
 * What is to be purged: entries that have all that is named. Also those that are looked up or stored by requests which began before
 * it: every replica of the cache follows the bucket. Nothing named is every entry.
 */
export const cachePurgeSchema = z.strictObject({
  organisation: z.string().optional(),
  team: z.string().optional(),
  key: z.string().optional(),
  namespace: z.string().optional(),
  /** As callers named it. */
  model: z.string().optional(),
  /** Entries made at this time or before, Unix time in milliseconds. */
  beforeMs: z.int().nonnegative(),
});

export type CachePurge = z.output<typeof cachePurgeSchema>;

/** The purges of the last day, each under an id of its own: by then the entries themselves are gone. */
export const cachePurges = bucket('cache-purges', {
  value: cachePurgeSchema,
  history: 1,
  storage: 'file',
  maxAgeMs: 86_400_000,
});

export type StoredPurge = ValueOf<typeof cachePurges>;
