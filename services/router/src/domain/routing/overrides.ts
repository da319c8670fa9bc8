import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import type { z } from 'zod';

/** Parameters that a config sets in a request's place. Its messages are the caller's own. */
export const overridesSchema = chatRequestSchema.partial().omit({ messages: true });

export type Overrides = z.output<typeof overridesSchema>;

/** A cap on the output has two names: whichever of them a config sets, it is meant to hold. */
export function withOverrides(chat: ChatRequest, overrides: Overrides): ChatRequest {
  if (Object.keys(overrides).length === 0) return chat;
  const setsCap = overrides.max_tokens !== undefined || overrides.max_completion_tokens !== undefined;
  return {
    ...chat,
    ...(setsCap && { max_tokens: undefined, max_completion_tokens: undefined }),
    ...overrides,
    model: overrides.model ?? chat.model,
  };
}
