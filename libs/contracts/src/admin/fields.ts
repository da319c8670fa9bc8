import { z, type ZodType } from 'zod';
import { arrayOf } from '../collections.ts';

/** Fields that many requests and replies of the admin API have, with the same meaning in all of them. */

export const revisionSchema = z.int().positive();

/**
 * What a change expects to find: a revision, `any` for what must be there, `none` for what must not be there yet, or nothing
 * in particular. On HTTP it is `If-Match` or `If-None-Match`.
 */
export const expectedRevisionSchema = z.union([revisionSchema, z.literal(['any', 'none'])]).optional();

export type ExpectedRevision = z.output<typeof expectedRevisionSchema>;

/** Under which a request that is sent again is done once. On HTTP it is `Idempotency-Key`. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, {
    error: 'must be 1 to 255 printable ASCII characters, without white space',
  })
  .optional();

/** Which part of a list is asked for. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  /** The `next` of the page before. */
  after: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x21-\x7e]*$/, { error: 'must be the "next" of the page before' })
    .optional(),
};

/** A part of a list. */
export const pageOf = <Item extends ZodType>(item: Item) =>
  z.object({ data: arrayOf(item), has_more: z.boolean(), next: z.string().nullable() });

/** An id that its maker may choose: a part of URLs and of NATS subjects. */
export const slugSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be lower case letters, digits, hyphens and underscores, at most 64',
});

/** An id of ours, of whatever kind. */
export const idSchema = z.string().regex(/^[\w-]{1,64}$/, { error: 'is not an id' });

/** What people call it. */
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must not hold control characters' });

const earliestMs = Date.UTC(1970, 0, 1);
const latestMs = Date.UTC(9999, 0, 1);

/** RFC 3339, in UTC and to the millisecond, however it is given. */
export const timeSchema = z.iso
  .datetime({ offset: true, error: 'must be a time as "2026-11-30T13:00:00Z", with its offset' })
  .max(40)
  .refine((text) => Date.parse(text) >= earliestMs && Date.parse(text) < latestMs, {
    error: 'must be a time from 1970 to 9998',
  })
  .overwrite((text) => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()));

/** The areas of the time zone database. */
const zoneAreas = 'Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc';
const zonePattern = new RegExp(`^(UTC|(${zoneAreas})(/[A-Z][A-Za-z0-9_+-]{0,31}){1,2})$`);

/**
 * A name of the time zone database, as `Area/City`, or `UTC`. JavaScript and Postgres mean the same by these. They do not by
 * abbreviations (`IST` is India or Israel), nor by offsets (`+05:30` is the opposite for Postgres). A city's former name stays
 * as it is given: what JavaScript makes of it, as `Asia/Saigon`, may be the one that a database does not know.
 */
export const timeZoneSchema = z
  .string()
  .max(64)
  .refine((name) => resolveTimeZone(name) !== undefined, {
    error: 'must be a time zone of the form Area/City, as "Asia/Ho_Chi_Minh", or "UTC"',
  })
  .overwrite((name) => {
    const resolved = resolveTimeZone(name);
    return resolved?.toLowerCase() === name.toLowerCase() ? resolved : name;
  });

function resolveTimeZone(name: string): string | undefined {
  if (!zonePattern.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** Whether it is in use, or stopped for the time being. */
export const statusSchema = z.enum(['active', 'suspended']);

/** What a deletion answers. */
export const deletedSchema = z.object({ id: z.string(), deleted: z.literal(true) });
