import { z } from 'zod';
import { bucket, type ValueOf } from '../bucket.ts';
import { recordOf } from '../collections.ts';
import { faultDataSchema } from '../faults.ts';

const faultCodeSchema = faultDataSchema.shape.code;

/** The routing configs, by name. Keys of providers in them are encrypted. */
export const routingConfigs = bucket('routing-configs', {
  value: z.strictObject({
    /** The config's JSON. Its `api_key`s are Fernet tokens under the routers' master keys. */
    config: recordOf(z.string(), z.unknown()),
    updatedAtMs: z.int().nonnegative(),
  }),
  history: 64,
  storage: 'file',
});

/** Tells a stored config as it stands from what it said before and will say. A bucket that was made anew counts its revisions anew. */
export function configRevision(revision: number, { updatedAtMs }: ValueOf<typeof routingConfigs>): string {
  return `${revision}.${updatedAtMs}`;
}

/**
 * What the routers have found of a target and credential. Keys are hashes of the subject's own. One that has become well
 * again has an entry without a breaker: where there is none, nobody has told anything, or the bucket has lost its memory.
 * Times are Unix times in milliseconds.
 */
export const targetHealth = bucket('target-health', {
  value: z.object({
    subject: z.object({
      key: z.string(),
      provider: z.string(),
      model: z.string(),
      host: z.string(),
      credential: z.string(),
    }),
    /** Present from the first failure too many to the first success after it. */
    breaker: z
      .object({
        /** Nobody asks it before. */
        untilMs: z.number(),
        /** How many times in a row it was opened without a success between: each lasts longer. */
        trips: z.int().positive(),
        reason: faultCodeSchema,
        /** The router instance whose failures have opened it last; routers of before do not say. */
        by: z.string().optional(),
        /**
         * One router alone says so, and may be wrong: it reaches no other host either, or another router is answered. It is in force
         * where a router has failures of its own.
         */
        isDoubted: z.literal(true).optional(),
        /** The router instance that alone may ask it now, and until when. */
        probe: z.object({ by: z.string(), untilMs: z.number() }).optional(),
      })
      .optional(),
    /** The provider asks to be left alone until then, or has refused the credential. */
    cooldown: z.object({ untilMs: z.number(), reason: faultCodeSchema }).optional(),
    /** By which router instance, and when by its clock, as are all times here; routers of before do not say. */
    written: z.object({ by: z.string(), atMs: z.number() }).optional(),
  }),
  history: 1,
  storage: 'memory',
  /** A state that nobody has renewed for so long says nothing any more. */
  maxAgeMs: 3_600_000,
  maxBytes: 16 * 1024 * 1024,
});

export type TargetHealth = ValueOf<typeof targetHealth>;
