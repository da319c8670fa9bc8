import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { estimateText } from '@weir/pricing/estimate-text';

interface StoppedAnswer {
  /** The request. */
  readonly body: Uint8Array;
  /** About what the provider had said. */
  readonly outputTokens: number;
  readonly model: string;
}

/**
 * About what an answer has used that was stopped: nobody hears its provider's count any more. It is what the caller is told; what
 * is billed is the router's to say.
 */
export function estimateUsage({ body, outputTokens, model }: StoppedAnswer): UsageRecord {
  return {
    uncachedInputTokens: estimateText(new TextDecoder().decode(body)),
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    audioInputTokens: 0,
    imageInputTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    audioOutputTokens: 0,
    webSearchRequests: 0,
    modelServed: model,
    source: 'estimated',
  };
}

export function chatUsageOf({
  uncachedInputTokens: prompt,
  outputTokens: completion,
}: UsageRecord): ChatUsage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
