import { z } from 'zod';
import { routingAccessSchema } from './access-policy.ts';
import { cacheOrderSchema } from './cache/order.ts';
import { arrayOf, recordOf } from './collections.ts';
import { screeningOrderSchema } from './guardrails/summary.ts';

/** That a caller sends; its key may add as many. */
const maxMetadataKeys = 32;

/** The caller's own words for its request. */
export const metadataSchema = recordOf(z.string().min(1).max(256), z.string().max(256)).refine(
  (metadata) => Object.keys(metadata).length <= maxMetadataKeys,
  {
    error: `must have at most ${maxMetadataKeys} keys`,
  },
);

/** The same with what the caller's key says of its requests, which goes before. */
const mergedMetadataSchema = recordOf(z.string().min(1).max(256), z.string().max(256));

/** The same as clients send it: many have numbers and booleans, which become texts. */
export const givenMetadataSchema = recordOf(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], { error: 'must be a string' }).transform(String),
).pipe(metadataSchema);

/** Whose key a request was made with: whoever accounts for it needs to know. */
export const callerSchema = z.object({
  /** The virtual key's public id. */
  keyId: z.string().max(64),
  teamId: z.string().max(64).optional(),
  userId: z.string().max(64).optional(),
  tags: arrayOf(z.string().max(64)).max(32).optional(),
});

export type Caller = z.output<typeof callerSchema>;

/** Who administers, and from where: for what they may reach, and for the audit log. */
export const actorSchema = z.object({
  /** The admin key's id; `environment` for the one that `WEIR_ADMIN_KEY` has. */
  id: z.string().max(64),
  /** The one organisation that the admin key reaches; without it, all of them. */
  organisation: z.string().max(64).optional(),
  /** The client's address. */
  address: z.string().max(64),
  /** The requester's public curve key (`X...`), to which secrets in a reply are sealed. */
  sealingKey: z.string().max(64),
});

export type Actor = z.output<typeof actorSchema>;

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
  /**
   * Unix time in milliseconds after which nobody waits for the answer any more, by the clock of the process that has the envelope:
   * it travels as time left (`requestEnvelopeSchema`), and whoever receives it says what that is by its own clock.
   */
  deadlineAtMs: z.int().positive(),
  /**
   * Tells apart those who were asked in turn, by one requester or by several who were asked in turn themselves; absent where it is
   * the first. None before has said that it began, and yet one may have: what is done now must not be taken for what that one did.
   */
  dispatch: z.int().positive().max(63).optional(),
  /** What the caller says of its request: read by routing conditions, kept with what was used. */
  metadata: mergedMetadataSchema.optional(),
  /** The routing config: the name of a stored one, or an inline one's JSON, sealed to the routers (it may hold keys). */
  config: z.string().max(64_000).optional(),
  /** Absent where no virtual key is behind the request. */
  caller: callerSchema.optional(),
  /** What the request is screened by; absent where nothing screens it. */
  guardrails: screeningOrderSchema.optional(),
  /** What the cache may do for the request; absent where it is off, and on the way to the router. */
  cache: cacheOrderSchema.optional(),
  /** Absent where the caller's key is not restricted. */
  access: routingAccessSchema.optional(),
  /** With requests of the admin API only. */
  actor: actorSchema.optional(),
});

export type Envelope = z.output<typeof envelopeSchema>;

/**
 * The envelope of a request as it travels. By `timeLeft` and not by times of day a responder knows when to stop: its clock and the
 * sender's may be far apart. All are milliseconds.
 */
export const requestEnvelopeSchema = envelopeSchema.extend({
  timeLeft: z
    .object({
      /** When it was sent, by a clock of its sender's that is never set. */
      sentAtMs: z.int().nonnegative(),
      /** From then until its deadline. */
      leftMs: z.int().nonnegative(),
      /** Of a stream: from then until a responder must not begin any more. */
      acceptWithinMs: z.int().nonnegative().optional(),
    })
    // Earlier versions tell times of day alone.
    .optional(),
});

export type TimeLeft = NonNullable<z.output<typeof requestEnvelopeSchema>['timeLeft']>;
