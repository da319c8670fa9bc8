import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { inputTokensOf, outputTokensOf } from '@weir/pricing/usage-tokens';

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
