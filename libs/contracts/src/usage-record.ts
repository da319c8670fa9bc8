import { z } from 'zod';

const tokens = z.number().int().nonnegative();

/**
 * What an attempt at a provider has used, in one form for all providers, in parts that never overlap (but for
 * reasoning, which is a part of the output). Whoever prices, counts or reports usage reads this, and no
 * provider's own fields. An explicit zero is a value.
 */
export const usageRecordSchema = z.object({
  /** Input tokens at the full rate: neither read from a cache nor written to one, audio and images apart. */
  uncachedInputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWrite5mTokens: tokens,
  cacheWrite1hTokens: tokens,
  audioInputTokens: tokens,
  imageInputTokens: tokens,
  /** All output tokens, reasoning included, audio apart. */
  outputTokens: tokens,
  /** How many of `outputTokens` were reasoning. */
  reasoningTokens: tokens,
  audioOutputTokens: tokens,
  /** Searches that the provider made by itself and bills by the call. */
  webSearchRequests: tokens,
  /** The tier that served the request, which may not be the one asked for. */
  serviceTier: z.string().optional(),
  /** The model that answered, by the name that the provider gives it. */
  modelServed: z.string(),
  /**
   * Who counted: the provider; the gateway, by what it saw of an attempt that ended before its usage was reported (`estimated`);
   * or nobody (`missing`), where nothing can have been used.
   */
  source: z.enum(['provider', 'estimated', 'missing']),
  /** What the provider claims, where that cannot be: the figures above are the gateway's then. */
  suspect: z.object({ inputTokens: tokens, outputTokens: tokens }).optional(),
});

export type UsageRecord = z.output<typeof usageRecordSchema>;
