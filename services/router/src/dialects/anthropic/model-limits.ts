import type { ChatRequest } from '@weir/contracts/chat/request';
import { claudeGeneration, isClaude } from '../../domain/claude-model.ts';

const sampling = ['temperature', 'top_p', 'top_k'];

/**
 * The parameters of a request that its model is known to answer with a 400. Most current Claude models refuse what
 * callers of a chat API send by habit, and a request without `temperature` serves them better than none. A
 * model whose name says nothing, as at a compatible host, is sent everything.
 *
 * Source: Anthropic's documentation of adaptive thinking and its migration guides.
 */
export function refusedByModel(model: string, chat: ChatRequest, isThinking: boolean): string[] {
  if (!isClaude(model)) return [];
  const generation = claudeGeneration(model);
  if (isThinking || generation >= 4.7) return sampling;
  // From 4.1 on, either may be set, but not both.
  return generation >= 4.1 && isSet(chat.temperature) && isSet(chat.top_p) ? ['top_p'] : [];
}

function isSet(value: number | null | undefined): boolean {
  return value !== null && value !== undefined;
}
