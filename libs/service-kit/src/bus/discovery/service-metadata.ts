import { arrayOf, recordOf } from '@weir/contracts/collections';
import { isControlSubject } from '@weir/contracts/frames';
import { documentJsonLimits } from '@weir/contracts/limits';
import {
  problemsSchema,
  processStates,
  takesRequests,
  type Problem,
  type ProcessState,
} from '@weir/contracts/problems';
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
  /** It may be found before it is ready. */
  readonly state: ProcessState;
  readonly problems: readonly Problem[];
  readonly buckets: BucketRevisions;
  readonly unreadable: UnreadableEntries;
  /** Where this very instance takes requests; undefined where it takes none there, as earlier versions. */
  readonly control: string | undefined;
  /** Its time of day as it answers, Unix time in milliseconds; undefined where its version does not tell it. */
  readonly timeMs: number | undefined;
}

/** ADR-32's metadata has texts under names that are their owners' to choose. */
const bucketPrefix = 'bucket.';
const unreadablePrefix = 'unreadable.';

export function encodeMetadata(metadata: ServiceMetadata): Record<string, string> {
  const { state, problems, buckets, unreadable, control, timeMs } = metadata;
  const under = (prefix: string, told: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(told).map(([name, value]) => [prefix + name, JSON.stringify(value)]));
  return {
    // For services of before there were states.
    ready: String(takesRequests(state)),
    state,
    problems: JSON.stringify(problems),
    ...(control !== undefined && { control }),
    ...(timeMs !== undefined && { time: String(timeMs) }),
    ...under(bucketPrefix, buckets),
    ...under(unreadablePrefix, unreadable),
  };
}

const stateSchema = z.enum(processStates);
const timeSchema = z.coerce.number().int().positive().optional();

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
    const problems = tryParseBoundedJson(metadata['problems'] ?? '[]', documentJsonLimits);
    const { control } = metadata;
    return {
      control: control !== undefined && isControlSubject(control) ? control : undefined,
      state: stateSchema.catch(metadata['ready'] === 'false' ? 'starting' : 'ready').parse(metadata['state']),
      problems: problemsSchema.catch([]).parse(problems),
      buckets: under(bucketPrefix, z.int().nonnegative()),
      unreadable: under(unreadablePrefix, unreadableSchema),
      timeMs: timeSchema.safeParse(metadata['time']).data,
    };
  },
);
