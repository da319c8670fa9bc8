import { z } from 'zod';

const maxMetadataKeys = 32;

/** The caller's own words for its request. */
export const metadataSchema = z
  .record(z.string().min(1).max(256), z.string().max(256))
  .refine((metadata) => Object.keys(metadata).length <= maxMetadataKeys, {
    error: `must have at most ${maxMetadataKeys} keys`,
  });

/** The same as clients send it: many have numbers and booleans, which become texts. */
export const givenMetadataSchema = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'must be a string' }).transform(String),
  )
  .pipe(metadataSchema);

/**
 * What travels with every message on the bus, in its headers, so that a hop never opens a body to learn whose
 * request it carries, which trace it belongs to, or when to stop working on it.
 */
export const envelopeSchema = z.object({
  /** UUIDv7, made by the ingress; never by a caller or a provider. */
  requestId: z.string().min(1).max(64),
  /** The organisation on whose behalf the work is done. */
  tenant: z.string().min(1).max(64),
  /** W3C trace context of the asking span. */
  traceparent: z.string().regex(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/),
  /** Unix time in milliseconds after which nobody waits for the answer any more. */
  deadlineAtMs: z.int().positive(),
  /** What the caller says of its request: read by routing conditions, kept with what was used. */
  metadata: metadataSchema.optional(),
  /** The routing config: the name of a stored one, or an inline one's JSON, sealed to the routers (it may hold keys). */
  config: z.string().max(64_000).optional(),
});

export type Envelope = z.output<typeof envelopeSchema>;
