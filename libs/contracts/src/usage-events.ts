import { z } from 'zod';
import { durableEvent, type DurableStream } from './descriptors.ts';
import { usageRecordSchema } from './usage-record.ts';

/** The JetStream stream that keeps what was used until it is accounted for. */
export const usageStream: DurableStream = { name: 'WEIR_USAGE', subjects: ['weir.v1.usage.>'] };

/**
 * A provider was asked, once: whether it answered or not, whether its answer was used or not. One event for each attempt,
 * so that each can be billed, and no other.
 */
export const attemptMade = durableEvent('usage.attempted', {
  stream: usageStream,
  data: z.object({
    requestId: z.string(),
    /** From 1, in the order in which the attempts of a request began. */
    attempt: z.int().positive(),
    tenant: z.string(),
    /** The virtual key, and whose it is: absent where there is none behind the request. */
    keyId: z.string().optional(),
    teamId: z.string().optional(),
    userId: z.string().optional(),
    /** The key's. */
    tags: z.array(z.string()).optional(),
    /** Unix time in milliseconds. */
    startedAtMs: z.int().nonnegative(),
    latencyMs: z.number().nonnegative(),
    /** From the request to the first content of a stream. */
    firstContentMs: z.number().nonnegative().optional(),
    provider: z.string(),
    /** The model's name at the provider. */
    model: z.string(),
    /** The model that the caller named. */
    modelAsked: z.string(),
    /** The routing config: its name, or `inline`. */
    config: z.string().optional(),
    /** Where the target stands in the config. */
    path: z.string().optional(),
    /** The beginning of the credential's fingerprint, or the id of a stored one. */
    credential: z.string().optional(),
    /** Why it was made. */
    purpose: z.enum(['first', 'retry', 'fallback', 'hedge', 'continuation', 'mirror']),
    /** `ok`, a fault's code, or `cancelled` where another attempt's answer was taken. */
    outcome: z.string(),
    /** Whether the provider may have done the work, so that it may bill it. */
    maybeBilled: z.boolean(),
    streamed: z.boolean(),
    usage: usageRecordSchema,
    /** The caller's own words for its request: with the first of its attempts only. */
    metadata: z.record(z.string(), z.string()).optional(),
  }),
});

export type AttemptMade = z.output<(typeof attemptMade)['data']>;
