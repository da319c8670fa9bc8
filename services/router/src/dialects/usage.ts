import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { inputTokensOf, outputTokensOf } from '@weir/pricing/usage-tokens';
import { z } from 'zod';

/** A counter, which some hosts send as text. One that is none is not told: a good answer does not fail for it. */
export const counter = z
  .preprocess(
    (said) => (typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : said),
    z.int().nonnegative().nullish(),
  )
  .catch(undefined);

/** The record of an answer whose provider has counted nothing, or nothing yet. */
export function missingUsage(modelServed: string): UsageRecord {
  return {
    uncachedInputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    audioInputTokens: 0,
    imageInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    audioOutputTokens: 0,
    webSearchRequests: 0,
    modelServed,
    source: 'missing',
  };
}

/** Of each kind in one answer: a hundred times what any model can read or write. */
const maxTokens = 100_000_000;
const maxSearches = 10_000;

/** The record without figures that no answer can have: whatever a host says, its cost can be counted. */
export function plausible(usage: UsageRecord): UsageRecord {
  const tokens = (count: number) => Math.min(count, maxTokens);
  const outputTokens = tokens(usage.outputTokens);
  return {
    ...usage,
    uncachedInputTokens: tokens(usage.uncachedInputTokens),
    cacheReadTokens: tokens(usage.cacheReadTokens),
    cacheWrite5mTokens: tokens(usage.cacheWrite5mTokens),
    cacheWrite1hTokens: tokens(usage.cacheWrite1hTokens),
    audioInputTokens: tokens(usage.audioInputTokens),
    imageInputTokens: tokens(usage.imageInputTokens),
    outputTokens,
    reasoningTokens: Math.min(usage.reasoningTokens, outputTokens),
    audioOutputTokens: tokens(usage.audioOutputTokens),
    webSearchRequests: Math.min(usage.webSearchRequests, maxSearches),
  };
}

/** The record as OpenAI would report it, for providers that report usage in a form of their own. */
export function toChatUsage(usage: UsageRecord): ChatUsage {
  const cacheWriteTokens = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const promptTokens = inputTokensOf(usage);
  const completionTokens = outputTokensOf(usage);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** Longer than any name of a model or a tier, and short enough for a header. */
const maxLength = 256;

/** A provider's word, as far as it may travel in headers or be repeated in each chunk. */
export function truncateName(word: string): string {
  return word.slice(0, maxLength);
}

/** A record of which no word is longer: it travels in a header. */
export function withTruncatedNames({ serviceTier, modelServed, ...usage }: UsageRecord): UsageRecord {
  return {
    ...usage,
    modelServed: truncateName(modelServed),
    ...(serviceTier !== undefined && { serviceTier: truncateName(serviceTier) }),
  };
}
