import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { missingUsage, plausible } from '../usage.ts';

/** What one answer has told of its own use, so far. A stream overwrites it with each report. */
export interface ReportedUsage {
  readonly usage?: ChatUsage | undefined;
  readonly model: string;
  readonly serviceTier?: string | undefined;
}

/**
 * Takes OpenAI's sums apart into parts that do not overlap. `prompt_tokens` includes what was cached, heard and seen,
 * and cached tokens may themselves be audio or images: each part takes what the parts before it have left.
 */
export function toUsageRecord({ usage, model, serviceTier }: ReportedUsage): UsageRecord {
  const tier = serviceTier === undefined ? {} : { serviceTier };
  if (usage === undefined) return { ...missingUsage(model), ...tier };
  const input = usage.prompt_tokens_details;
  const output = usage.completion_tokens_details;

  const read = input?.cached_tokens ?? firstOf(usage, cacheReadNames);
  const takeInput = taker(usage.prompt_tokens);
  const cacheReadTokens = takeInput(read);
  const cacheWrite5mTokens = takeInput(input?.cache_write_tokens ?? firstOf(usage, cacheWriteNames));
  const audioInputTokens = takeInput(input?.audio_tokens);
  const imageInputTokens = takeInput(input?.image_tokens);

  const unlistedTokens = unlistedReasoning(usage);
  const takeOutput = taker(usage.completion_tokens + unlistedTokens);
  const audioOutputTokens = takeOutput(output?.audio_tokens);
  const outputTokens = takeOutput(Infinity);
  return plausible({
    uncachedInputTokens: takeInput(Infinity),
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens: 0,
    audioInputTokens,
    imageInputTokens,
    outputTokens,
    reasoningTokens: Math.min(Math.max(output?.reasoning_tokens ?? 0, unlistedTokens), outputTokens),
    audioOutputTokens,
    webSearchRequests: 0,
    ...tier,
    modelServed: model,
    source: 'provider',
    // A part that is larger than its whole: neither figure can be believed.
    ...(read > usage.prompt_tokens && {
      suspect: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
    }),
  });
}

/** Hands out of a total what is asked for, as long as there is some. */
function taker(total: number): (tokens: number | null | undefined) => number {
  let left = total;
  return (tokens) => {
    const taken = Math.min(tokens ?? 0, left);
    left -= taken;
    return taken;
  };
}

/** DeepSeek's, Moonshot's and LiteLLM's names for cached tokens. */
const cacheReadNames = ['prompt_cache_hit_tokens', 'cached_tokens', 'cache_read_input_tokens'] as const;
const cacheWriteNames = ['cache_creation_input_tokens'] as const;

function firstOf(usage: ChatUsage, names: readonly string[]): number {
  for (const name of names) {
    const count = usage[name];
    if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) return count;
  }
  return 0;
}

/** xAI and Gemini leave reasoning out of `completion_tokens`: only the total has it, and it is billed. */
function unlistedReasoning({ prompt_tokens, completion_tokens, total_tokens }: ChatUsage): number {
  return Math.max(0, total_tokens - prompt_tokens - completion_tokens);
}
