import type { CacheControlEphemeral } from '@anthropic-ai/sdk/resources/messages';
import { z } from 'zod';

const schema = z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });

/**
 * The mark up to which Anthropic caches the prompt. OpenAI's form has none; gateways agree on carrying
 * Anthropic's on content parts and tools, and without it nothing is cached.
 */
export function cacheControl(marked: Record<string, unknown>): { cache_control?: CacheControlEphemeral } {
  const { data } = schema.safeParse(marked['cache_control']);
  if (data === undefined) return {};
  return { cache_control: { type: data.type, ...(data.ttl !== undefined && { ttl: data.ttl }) } };
}
