import type { ChatRequest } from '@weir/contracts/chat/request';
import type { WireTarget } from '../domain/dialect.ts';

/**
 * The cap to send: what the caller asked for, or the default, and never more than the model gives. The caller is told
 * where it gets less than it asked for, and where it asked for nothing and nobody knows what the model could give.
 */
export function outputCap(
  chat: ChatRequest,
  { defaultTokens, maxTokens }: WireTarget['output'],
): { tokens: number; warnings: string[] } {
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? undefined;
  const tokens = Math.min(asked ?? defaultTokens, maxTokens ?? Infinity);
  if (asked === undefined) {
    return { tokens, warnings: maxTokens === undefined ? [`max_tokens was set to ${tokens}`] : [] };
  }
  const isLowered = tokens < asked;
  return {
    tokens,
    warnings: isLowered ? [`max_tokens was lowered to ${tokens}, the most that the model gives`] : [],
  };
}
