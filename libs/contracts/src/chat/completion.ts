import { z } from 'zod';
import { arrayOf, looseObjectOf } from '../collections.ts';
import { toolCallSchema } from './tool.ts';
import { chatUsageSchema } from './usage.ts';

export const finishReasonSchema = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);

const tokenLogprob = looseObjectOf({ token: z.string(), logprob: z.number() });

export const logprobsSchema = looseObjectOf({
  content: arrayOf(tokenLogprob).nullish(),
  refusal: arrayOf(tokenLogprob).nullish(),
});

export const completionMessageSchema = looseObjectOf({
  role: z.literal('assistant'),
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  /** The model's thoughts, where the provider shows them: the field that DeepSeek and vLLM made common. */
  reasoning_content: z.string().nullish(),
  tool_calls: arrayOf(toolCallSchema).nullish(),
  audio: looseObjectOf({ id: z.string() }).nullish(),
  annotations: arrayOf(z.unknown()).nullish(),
});

export const choiceSchema = looseObjectOf({
  index: z.int().nonnegative(),
  message: completionMessageSchema,
  finish_reason: finishReasonSchema,
  logprobs: logprobsSchema.nullish(),
});

/** The whole answer to a chat request that does not stream. */
export const chatCompletionSchema = looseObjectOf({
  id: z.string(),
  object: z.literal('chat.completion'),
  /** Unix time in seconds. */
  created: z.number(),
  model: z.string(),
  choices: arrayOf(choiceSchema).min(1),
  usage: chatUsageSchema.nullish(),
  service_tier: z.string().nullish(),
  system_fingerprint: z.string().nullish(),
});

export type FinishReason = z.output<typeof finishReasonSchema>;
export type CompletionMessage = z.output<typeof completionMessageSchema>;
export type Choice = z.output<typeof choiceSchema>;
export type ChatCompletion = z.output<typeof chatCompletionSchema>;
