import type { UsageRecord } from '@weir/contracts/usage-record';

export function inputTokensOf(usage: UsageRecord): number {
  return (
    usage.uncachedInputTokens +
    usage.cacheReadTokens +
    usage.cacheWrite5mTokens +
    usage.cacheWrite1hTokens +
    usage.audioInputTokens +
    usage.imageInputTokens
  );
}

/** Input and output together, as limits of tokens count them. */
export function totalTokensOf(usage: UsageRecord): number {
  return inputTokensOf(usage) + usage.outputTokens + usage.audioOutputTokens;
}
