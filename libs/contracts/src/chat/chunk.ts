import { z } from 'zod';
import { arrayOf, looseObjectOf } from '../collections.ts';
import { finishReasonSchema, logprobsSchema } from './completion.ts';
import { chatUsageSchema } from './usage.ts';

/** A piece of a tool call. The first piece of an index has its id and name, the later ones more arguments. */
export const toolCallDeltaSchema = looseObjectOf({
  index: z.int().nonnegative(),
  id: z.string().nullish(),
  type: z.string().nullish(),
  function: looseObjectOf({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

export const deltaSchema = looseObjectOf({
  role: z.string().nullish(),
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: arrayOf(toolCallDeltaSchema).nullish(),
});

export const chunkChoiceSchema = looseObjectOf({
  index: z.int().nonnegative(),
  delta: deltaSchema,
  finish_reason: finishReasonSchema.nullish(),
  logprobs: logprobsSchema.nullish(),
});

/** One event of a streamed answer. The chunk that reports usage has no choices and comes last. */
export const chatChunkSchema = looseObjectOf({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  /** Unix time in seconds. */
  created: z.number(),
  model: z.string(),
  choices: arrayOf(chunkChoiceSchema),
  usage: chatUsageSchema.nullish(),
  service_tier: z.string().nullish(),
});

export type ToolCallDelta = z.output<typeof toolCallDeltaSchema>;
export type Delta = z.output<typeof deltaSchema>;
export type ChunkChoice = z.output<typeof chunkChoiceSchema>;
export type ChatChunk = z.output<typeof chatChunkSchema>;
