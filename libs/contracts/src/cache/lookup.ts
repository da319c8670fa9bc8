import { z } from 'zod';
import { chatRequestSchema } from '../chat/request.ts';
import { arrayOf } from '../collections.ts';
import { endpoint, event } from '../descriptors.ts';
import { completionHeadSchema, completionTrailerSchema } from '../router.ts';
import { usageRecordSchema } from '../usage-record.ts';
import { cacheOrderSchema } from './order.ts';

/** Of an entry: its exact key, an HMAC in base64url. It says nothing of what is in it. */
export const cacheEntryIdSchema = z.string().regex(/^[\w-]{43}$/, { error: 'is not the id of an entry' });

/**
 * What a look-up that found nothing gives along, for the answer's sake: whoever gets the answer sends it back with it. Only the
 * cache reads it.
 */
export const storeTicketSchema = z.object({
  /** The exact key. */
  id: cacheEntryIdSchema,
  /** As the caller named it. */
  model: z.string(),
  order: cacheOrderSchema,
  /** How many choices are asked for, where it is not one: an answer with fewer is not whole. */
  choices: z.int().positive().optional(),
  /** When it was looked up: what was purged since is not stored. Unix time in milliseconds. */
  askedAtMs: z.int(),
  /** Whether the asker alone is fetching the answer, while others wait for it. */
  isLeader: z.boolean(),
  /** Where the semantic tier takes the request. */
  semantic: z
    .object({
      partition: z.string(),
      question: z.string(),
      /** The answer of which entry is compared with the one to come, and how like its question is. */
      compared: z
        .object({
          entry: cacheEntryIdSchema,
          similarity: z.number(),
          /** Why: it would have been served (`shadow`, `check`), or not quite (`grey`). */
          why: z.enum(['shadow', 'check', 'grey']),
        })
        .optional(),
    })
    .optional(),
});

export type StoreTicket = z.output<typeof storeTicketSchema>;

/** An answer that was kept, in the form that the request asks for. */
export const cachedAnswerSchema = z.object({
  id: cacheEntryIdSchema,
  tier: z.enum(['exact', 'semantic']),
  ageSeconds: z.int().nonnegative(),
  similarity: z.number().optional(),
  /** Who had answered. */
  provider: z.string(),
  model: z.string(),
  isKnownModel: z.boolean().optional(),
  /** What was left out of the request that it was made for, which is the same. */
  warnings: arrayOf(z.string()).optional(),
  /** What the answer had used when it was made. */
  usage: usageRecordSchema,
  /** The JSON of a `chat.completion`; or, of a stream, that of each `chat.completion.chunk`. */
  completion: z.string().optional(),
  chunks: arrayOf(z.string()).optional(),
});

export type CachedAnswer = z.output<typeof cachedAnswerSchema>;

/**
 * Looks up an answer for a chat. The request is the body as it would go to the router, its envelope has `cache`. Every
 * failure is its asker's to take for a miss; the time-out is what the cache may cost a request at the very most.
 */
export const lookUpAnswer = endpoint('cache.lookup', {
  request: chatRequestSchema,
  reply: z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('hit'),
      answer: cachedAnswerSchema,
      /** Where the answer is stale: whoever has this fetches a new one, out of the way. */
      revalidate: storeTicketSchema.optional(),
    }),
    /** `pending`: the same request is under way, and `awaitAnswer` tells when its answer is there. */
    z.object({
      outcome: z.enum(['miss', 'pending']),
      ticket: storeTicketSchema,
    }),
    /** The request cannot be answered from a cache, nor its answer kept. */
    z.object({ outcome: z.literal('bypass'), reason: z.string() }),
  ]),
  timeoutMs: 250,
});

export type LookUpReply = z.output<typeof lookUpAnswer.reply>;

/**
 * Waits for the answer to the same request, at most `singleFlightMs` of the order in the envelope; the request is the same as
 * that of the look-up. A `miss` comes when it will not come, or not in time.
 */
export const awaitAnswer = endpoint('cache.await', {
  request: chatRequestSchema,
  reply: lookUpAnswer.reply,
  timeoutMs: 61_000,
  isIdempotent: true,
});

/** What becomes of an answer that was fetched. `completion` or `chunks`, as they came; neither where there is none worth keeping. */
export const storeAnswer = endpoint('cache.store', {
  request: z.object({
    ticket: storeTicketSchema,
    head: completionHeadSchema
      .pick({ provider: true, model: true, isKnownModel: true, warnings: true })
      .partial({ warnings: true })
      .optional(),
    trailer: completionTrailerSchema.pick({ usage: true, upstreamMs: true, costNanoUsd: true }).optional(),
    completion: z.unknown().optional(),
    chunks: arrayOf(z.unknown()).optional(),
  }),
  reply: z.object({
    isStored: z.boolean(),
    /** Why not. */
    reason: z.string().optional(),
  }),
  timeoutMs: 5_000,
});

/** An answer that others may wait for has been stored, or will not be: told to all replicas of the cache. */
export const answerSettled = event('cache.settled', {
  data: z.object({ id: cacheEntryIdSchema, isStored: z.boolean() }),
});

/** A caller's verdict on an answer that came from the cache. */
export const judgeAnswer = endpoint('cache.feedback', {
  request: z.object({
    request_id: z.string().min(1).max(64),
    verdict: z.enum(['right', 'wrong']),
    comment: z.string().max(2_000).optional(),
  }),
  reply: z.object({ request_id: z.string(), entry: z.string(), verdict: z.enum(['right', 'wrong']) }),
  timeoutMs: 2_000,
});
