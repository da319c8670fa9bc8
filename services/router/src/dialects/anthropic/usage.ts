import type { UsageRecord } from '@weir/contracts/usage-record';
import { missingUsage, plausible } from '../usage.ts';
import type { WireUsage } from './wire.ts';

/**
 * What is known once more was reported. A stream's counters are cumulative, and null where an event says nothing
 * of them: what is reported replaces what was known, and is never added to it. Some hosts end with a zero for the input: it
 * takes back no count, unless the tokens are told as cached ones now.
 */
export function overwriteUsage(known: WireUsage, reported: WireUsage | null | undefined): WireUsage {
  const { cache_read_input_tokens: read, cache_creation_input_tokens: written } = reported ?? {};
  const isRecount = Boolean(read) || Boolean(written) || !known.input_tokens;
  const said = Object.entries(reported ?? {}).filter(([name, value]) => {
    const takesBack = name === 'input_tokens' && value === 0 && !isRecount;
    return value !== null && value !== undefined && !takesBack;
  });
  return { ...known, ...Object.fromEntries(said) };
}

/**
 * Anthropic's counters as our record. Where `complete` is false, its output is only what had been counted when
 * the stream broke off, so that nobody may take the record for the whole.
 */
export function toUsageRecord(usage: WireUsage, modelServed: string, complete: boolean): UsageRecord {
  const written1h = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const written5m = usage.cache_creation?.ephemeral_5m_input_tokens ?? 0;
  const counted = usage.output_tokens !== undefined && usage.output_tokens !== null;
  // The sum may grow in a stream, and its parts are told only at the beginning.
  const written = usage.cache_creation_input_tokens ?? written5m + written1h;
  const cacheWrite1hTokens = Math.min(written1h, written);
  return plausible({
    ...missingUsage(modelServed),
    uncachedInputTokens: usage.input_tokens ?? 0,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWrite5mTokens: written - cacheWrite1hTokens,
    cacheWrite1hTokens,
    outputTokens: usage.output_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
    webSearchRequests: usage.server_tool_use?.web_search_requests ?? 0,
    ...(usage.service_tier && { serviceTier: usage.service_tier }),
    ...(complete && counted && { source: 'provider' }),
  });
}
