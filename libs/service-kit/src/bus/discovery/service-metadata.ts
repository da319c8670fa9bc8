import { arrayOf, recordOf } from '@weir/contracts/collections';
import { isControlSubject } from '@weir/contracts/frames';
import { documentJsonLimits } from '@weir/contracts/limits';
import { z } from 'zod';
import { tryParseBoundedJson } from '../../bounded-json.ts';

/** How far a replica follows each bucket: by the bucket's name, the newest revision that its copy has. */
export type BucketRevisions = Readonly<Record<string, number>>;

const unreadableSchema = z.object({
  count: z.int().positive(),
  /** The first of them. */
  named: arrayOf(z.object({ key: z.string().max(512), reason: z.string().max(1_024) })).max(16),
});

/** What a replica cannot read or use of its buckets, by their names. */
export type UnreadableEntries = Readonly<Record<string, z.output<typeof unreadableSchema>>>;

/** What an instance tells of itself beside what ADR-32 demands. */
export interface ServiceMetadata {
  /** Whether it can do its work: it may be found before. */
  readonly isReady: boolean;
  readonly buckets: BucketRevisions;
  readonly unreadable: UnreadableEntries;
  /** Where this very instance takes requests; undefined where it takes none there, as earlier versions. */
  readonly control: string | undefined;
}

/** ADR-32's metadata has texts under names that are their owners' to choose. */
const bucketPrefix = 'bucket.';
const unreadablePrefix = 'unreadable.';

export function encodeMetadata({
  isReady,
  buckets,
  unreadable,
  control,
}: ServiceMetadata): Record<string, string> {
  const under = (prefix: string, told: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(told).map(([name, value]) => [prefix + name, JSON.stringify(value)]));
  const own = { ready: String(isReady), ...(control !== undefined && { control }) };
  return { ...own, ...under(bucketPrefix, buckets), ...under(unreadablePrefix, unreadable) };
}

/** What `encodeMetadata` has made; what else there is in the metadata is left alone. */
export const serviceMetadataSchema = recordOf(z.string(), z.string()).transform(
  (metadata): ServiceMetadata => {
    const under = <Value>(prefix: string, schema: z.ZodType<Value>) =>
      Object.fromEntries(
        Object.entries(metadata).flatMap(([name, text]) => {
          if (!name.startsWith(prefix)) return [];
          const { success, data } = schema.safeParse(tryParseBoundedJson(text, documentJsonLimits));
          return success ? [[name.slice(prefix.length), data] as const] : [];
        }),
      );
    const { control } = metadata;
    return {
      control: control !== undefined && isControlSubject(control) ? control : undefined,
      isReady: metadata['ready'] !== 'false',
      buckets: under(bucketPrefix, z.int().nonnegative()),
      unreadable: under(unreadablePrefix, unreadableSchema),
    };
  },
);
