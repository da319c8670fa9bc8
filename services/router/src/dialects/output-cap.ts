import type { ChatRequest } from '@weir/contracts/chat/request';
import type { DialectTarget } from '../domain/dialect.ts';

/** The cap to send: what the caller asked for, or the default, and never more than the model gives. */
export function outputCap(
  chat: ChatRequest,
  { defaultTokens, maxTokens = Infinity }: DialectTarget['output'],
): { tokens: number; warnings: string[] } {
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? defaultTokens;
  return {
    tokens: Math.min(asked, maxTokens),
    warnings:
      asked > maxTokens ? [`max_tokens was lowered to ${maxTokens}, the most that the model gives`] : [],
  };
}
