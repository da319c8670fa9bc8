import { z } from 'zod';
import { arrayOf, looseObjectOf } from '../collections.ts';
import { contentPartSchema } from './content-part.ts';
import { replayedCallSchema, textOrNull } from './tool.ts';

const content = z.union([z.string(), arrayOf(contentPartSchema)], {
  error: 'must be a string or an array of content parts',
});

const instruction = { content, name: z.string().nullish() };

export const systemMessageSchema = looseObjectOf({ role: z.literal('system'), ...instruction });

export const developerMessageSchema = looseObjectOf({ role: z.literal('developer'), ...instruction });

export const userMessageSchema = looseObjectOf({
  role: z.literal('user'),
  content,
  name: z.string().nullish(),
});

export const assistantMessageSchema = looseObjectOf({
  role: z.literal('assistant'),
  content: content.nullish(),
  refusal: z.string().nullish(),
  name: z.string().nullish(),
  audio: looseObjectOf({ id: z.string() }).nullish(),
  tool_calls: arrayOf(replayedCallSchema).nullish(),
  /** Thoughts of an earlier turn, as several providers return and expect them. */
  reasoning_content: z.string().nullish(),
});

export const toolMessageSchema = looseObjectOf({
  role: z.literal('tool'),
  /** A tool that gives nothing back is replayed as null by some clients. */
  content: z.preprocess((given) => (given === null ? '' : given), content),
  tool_call_id: textOrNull,
});

/** Deprecated by OpenAI, still sent by old clients. */
export const functionMessageSchema = looseObjectOf({
  role: z.literal('function'),
  content: z.string().nullable(),
  name: z.string(),
});

/**
 * The roles are a closed list, unlike all else: by them budgets, guardrails and dialects know who speaks. A role that is in
 * no contract would be a text that none of them can place.
 */
export const messageSchema = z.discriminatedUnion('role', [
  systemMessageSchema,
  developerMessageSchema,
  userMessageSchema,
  assistantMessageSchema,
  toolMessageSchema,
  functionMessageSchema,
]);

export type SystemMessage = z.output<typeof systemMessageSchema>;
export type UserMessage = z.output<typeof userMessageSchema>;
export type AssistantMessage = z.output<typeof assistantMessageSchema>;
export type ToolMessage = z.output<typeof toolMessageSchema>;
export type Message = z.output<typeof messageSchema>;
