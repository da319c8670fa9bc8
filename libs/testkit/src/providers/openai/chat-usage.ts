import type { OpenAI } from 'openai';
import type { TokenUsage } from '../model/model-answer.ts';
import { totalInputTokens } from '../model/model-answer.ts';

/** OpenAI's prompt tokens include the cached ones, and its completion tokens include the reasoning. */
export function encodeUsage(usage: TokenUsage): OpenAI.CompletionUsage {
  const promptTokens = totalInputTokens(usage);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: promptTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
