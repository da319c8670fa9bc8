import type { UsageRecord } from '@weir/contracts/usage-record';

type InputTokens = Pick<
  UsageRecord,
  | 'uncachedInputTokens'
  | 'cacheReadTokens'
  | 'cacheWrite5mTokens'
  | 'cacheWrite1hTokens'
  | 'audioInputTokens'
  | 'imageInputTokens'
>;

type OutputTokens = Pick<UsageRecord, 'outputTokens' | 'audioOutputTokens'>;

/** Of every kind. */
export function inputTokensOf(usage: InputTokens): number {
  return (
    usage.uncachedInputTokens +
    usage.cacheReadTokens +
    usage.cacheWrite5mTokens +
    usage.cacheWrite1hTokens +
    usage.audioInputTokens +
    usage.imageInputTokens
  );
}

/** Reasoning is a part of it. */
export function outputTokensOf({ outputTokens, audioOutputTokens }: OutputTokens): number {
  return outputTokens + audioOutputTokens;
}

/** Input and output together, as limits of tokens count them. */
export function totalTokensOf(usage: InputTokens & OutputTokens): number {
  return inputTokensOf(usage) + outputTokensOf(usage);
}
