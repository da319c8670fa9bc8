import { chatUsageSchema } from '@weir/contracts/chat/usage';
import { z } from 'zod';

/**
 * What hosts of compatible APIs send where they stray from OpenAI's form: read for the sake of an answer that is
 * good. What is missing is filled in by the normalisers.
 */

const text = z.string().nullish().catch(undefined);

/** Mistral's reasoning models answer in parts. */
const part = z.looseObject({
  type: z.string(),
  text,
  thinking: z.array(z.looseObject({ text })).nullish().catch(undefined),
});

const content = z.union([z.string(), z.array(part)]).nullish();

const toolCall = z.looseObject({
  index: z.int().nonnegative().nullish().catch(undefined),
  id: text,
  type: text,
  function: z.looseObject({ name: text, arguments: z.unknown() }).nullish(),
});

/** A message, or a piece of one. */
export const hostMessageSchema = z.looseObject({
  content,
  reasoning_content: text,
  /** OpenRouter's, Groq's and newer vLLM's word for it. */
  reasoning: text,
  tool_calls: z.array(toolCall).nullish(),
});

const finishReason = z.union([z.string(), z.number()]).nullish();

const head = {
  id: text,
  created: z.number().nullish().catch(undefined),
  model: text,
  service_tier: text,
  usage: chatUsageSchema.nullish().catch(undefined),
};

const index = z.int().nonnegative().nullish().catch(undefined);

export const hostCompletionSchema = z.looseObject({
  ...head,
  choices: z.array(z.looseObject({ index, message: hostMessageSchema, finish_reason: finishReason })),
});

export const hostChunkSchema = z.looseObject({
  ...head,
  choices: z
    .array(z.looseObject({ index, delta: hostMessageSchema.nullish(), finish_reason: finishReason }))
    .nullish(),
});

export type HostMessage = z.output<typeof hostMessageSchema>;
export type HostToolCall = z.output<typeof toolCall>;
export type HostHead = Pick<z.output<typeof hostCompletionSchema>, keyof typeof head>;

/** Hosts say null or an empty text where they have nothing to say. */
export function isGiven(said: string | null | undefined): said is string {
  return said !== undefined && said !== null && said !== '';
}
