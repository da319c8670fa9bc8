import { z } from 'zod';
import { arrayOf, recordOf } from './collections.ts';
import { nanoUsdSchema } from './cost/money.ts';
import { durableEvent, type DurableStream } from './descriptors.ts';
import { usageRecordSchema } from './usage-record.ts';

/** The JetStream stream that keeps what was used until it is accounted for. */
export const usageStream: DurableStream = { name: 'WEIR_USAGE', subjects: ['weir.v1.usage.>'] };

/**
 * The attempts of a request that was put to another router, since one was silent, have numbers from here on, and for each router that was
 * asked in vain as many more: 2,001 is the first attempt of the third one. Those before may have begun, and have events of their own.
 */
export const attemptsPerDispatch = 1_000;

/**
 * 0 for an attempt of the first router that was asked. Any other number tells those apart that were asked after one that was silent; it
 * counts them where only routers were asked again, and is larger where guardrails were.
 */
export const dispatchOf = (attempt: number) => Math.floor(attempt / attemptsPerDispatch);

/**
 * A provider was asked, once: whether it answered or not, whether its answer was used or not. One event for each attempt,
 * so that each can be billed, and no other.
 */
export const attemptMade = durableEvent('usage.attempted', {
  stream: usageStream,
  data: z.object({
    requestId: z.string(),
    /** From 1, in the order in which the attempts of a request began. Number 1 is no mirrored copy: it counts as the request. */
    attempt: z.int().positive(),
    /** See {@link dispatchOf}. Those that were asked in vain before may have made attempts too, with events of their own. */
    dispatch: z.int().positive().optional(),
    tenant: z.string(),
    /** The virtual key, and whose it is: absent where there is none behind the request. */
    keyId: z.string().optional(),
    teamId: z.string().optional(),
    userId: z.string().optional(),
    /** The key's. */
    tags: arrayOf(z.string()).optional(),
    /** Whom the caller names in the request's `user`. */
    endUser: z.string().max(256).optional(),
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
    /** What it costs by our table of prices: the one figure for headers, budgets and ledger. Absent where it has no price. */
    cost: z.object({ nanoUsd: nanoUsdSchema, priceId: z.string() }).optional(),
    /** What the same usage would have cost at the model that the caller named, where that has a price. */
    modelAskedNanoUsd: nanoUsdSchema.optional(),
    /** The caller's own words for its request: with the first of its attempts only. */
    metadata: recordOf(z.string(), z.string()).optional(),
  }),
});

export type AttemptMade = z.output<(typeof attemptMade)['data']>;

const accountFields = attemptMade.data.pick({
  requestId: true,
  tenant: true,
  keyId: true,
  teamId: true,
  userId: true,
  tags: true,
  endUser: true,
  startedAtMs: true,
  modelAsked: true,
}).shape;

/** A request was answered from the cache: no provider was asked. The event's id is the request's. */
export const cacheAnswered = durableEvent('usage.cache-answered', {
  stream: usageStream,
  data: z.object({
    ...accountFields,
    latencyMs: z.number().nonnegative(),
    tier: z.enum(['exact', 'semantic']),
    /** Who had answered what was kept, and what that had cost. */
    provider: z.string(),
    model: z.string(),
    savedNanoUsd: nanoUsdSchema.optional(),
    /** What it had used, and how long it had taken. */
    saved: z
      .object({
        inputTokens: z.int().nonnegative(),
        outputTokens: z.int().nonnegative(),
        latencyMs: z.number().nonnegative(),
      })
      .optional(),
    /** How like the question was to the one that had been answered: of the semantic tier. */
    similarity: z.number().optional(),
    metadata: recordOf(z.string(), z.string()).optional(),
  }),
});

export type CacheAnswered = z.output<(typeof cacheAnswered)['data']>;

/**
 * The cost service has charged an attempt whose end nobody told (`expired`: its hold, in full), or takes that back because its
 * usage came after all (`corrected`: the same amount, below zero). The event's id is `<hold id>:<kind>`.
 */
export const usageAdjusted = durableEvent('usage.adjusted', {
  stream: usageStream,
  data: z.object({
    ...accountFields,
    /** As in `attemptMade`. */
    attempt: z.int().positive(),
    kind: z.enum(['expired', 'corrected']),
    provider: z.string(),
    model: z.string(),
    /** Below zero for a correction. Absent where the model has no price. */
    nanoUsd: z.int().optional(),
    tokens: z.int(),
  }),
});

export type UsageAdjusted = z.output<(typeof usageAdjusted)['data']>;

/** An entry of the ledger, once it is there: for subscribers outside. */
export const usagePriced = durableEvent('usage.priced', {
  stream: usageStream,
  data: z.object({
    ...accountFields,
    entry: z.enum(['attempt', 'cache_hit', 'expired', 'corrected']),
    attempt: z.int().nonnegative(),
    /** See {@link dispatchOf}. */
    dispatch: z.int().nonnegative().default(0),
    provider: z.string(),
    model: z.string(),
    outcome: z.string(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    /** US dollars, as `"0.000123"`, below zero for a correction; null where the model has no price. */
    costUsd: z.string().nullable(),
    priceId: z.string().nullable(),
    /** Whether it is estimated, and not counted by the provider. */
    isEstimate: z.boolean(),
    /** Input and output that the provider claims, where the request cannot have used them: the figures above are estimated. */
    claimedTokens: z.int().nonnegative().optional(),
    metadata: recordOf(z.string(), z.string()).optional(),
  }),
});

export type UsagePriced = z.output<(typeof usagePriced)['data']>;
