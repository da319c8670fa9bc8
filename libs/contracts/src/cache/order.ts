import { z } from 'zod';
import { cacheModeSchema, cacheNamespaceSchema, cacheSharingSchema } from './rules.ts';

/**
 * What the cache may do for a request, as the ingress has found it: by the rule that holds, the key, the routing config and the
 * request itself. It travels in the envelope, to whoever asks the router; absent where the cache is off.
 */
export const cacheOrderSchema = z.object({
  mode: cacheModeSchema.exclude(['off']),
  /** False where a fresh answer is asked for, which is kept all the same. */
  isRead: z.boolean(),
  /** Whether a semantic answer is served, or only recorded. */
  isShadow: z.boolean().optional(),
  ttlSeconds: z.int().positive(),
  staleSeconds: z.int().nonnegative().optional(),
  /** Nothing older is served, whatever its own time. */
  maxAgeSeconds: z.int().positive().optional(),
  /** Where nothing is there the request fails with `not_cached`. */
  isOnlyIfCached: z.boolean().optional(),
  accuracyTarget: z.number(),
  maxTemperature: z.number(),
  shadowCheckRate: z.number(),
  singleFlightMs: z.int().nonnegative(),
  sharedBy: cacheSharingSchema,
  namespace: cacheNamespaceSchema.optional(),
  /** A digest of what else decides the answer and is not in the body: the routing config as it stands now, inline or stored. */
  route: z.string().max(64).optional(),
  /** Of the stored config in it: what a router has answered by another one is not kept. */
  configRevision: z.string().max(64).optional(),
  /** The guardrail policies that the request has passed and its answer will pass, as they stand now: set by the guardrails. */
  screening: z.string().max(64).optional(),
});

export type CacheOrder = z.output<typeof cacheOrderSchema>;

/** What became of a request at the cache; it becomes `x-weir-cache` and its like. */
export const cacheResultSchema = z.object({
  status: z.enum(['hit-exact', 'hit-semantic', 'miss', 'bypass']),
  /** Whether the answer was asked for afresh. */
  isRefresh: z.boolean().optional(),
  /** Whether a semantic answer was looked for. */
  isSemantic: z.boolean().optional(),
  entry: z.string().optional(),
  ageSeconds: z.int().nonnegative().optional(),
  similarity: z.number().optional(),
});

export type CacheResult = z.output<typeof cacheResultSchema>;
