import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';

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
  const promptTokens =
    usage.uncachedInputTokens +
    usage.cacheReadTokens +
    cacheWriteTokens +
    usage.audioInputTokens +
    usage.imageInputTokens;
  const completionTokens = usage.outputTokens + usage.audioOutputTokens;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
