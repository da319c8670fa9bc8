import type { UsageRecord } from '@weir/contracts/usage-record';

/** What an attempt has used, as its provider has counted it: nothing but what is given. */
export function usageRecord(used: Partial<UsageRecord> = {}): UsageRecord {
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
    modelServed: 'gpt-5-mini',
    source: 'provider',
    ...used,
  };
}
