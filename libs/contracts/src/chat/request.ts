import { z } from 'zod';
import { messageSchema } from './message.ts';
import { openEnum, openUnion } from './open-union.ts';
import { jsonSchemaSchema, toolChoiceSchema, toolSchema } from './tool.ts';

/** Hosts have more: Fireworks' `grammar`. */
export const responseFormatSchema = openUnion([
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({
      name: z.string(),
      description: z.string().nullish(),
      schema: jsonSchemaSchema.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const tokenCount = z.int().positive();

/**
 * `POST /v1/chat/completions` as OpenAI defines it: the one form in which a chat request crosses the bus.
 * Fields that are not named here pass through untouched, so that a provider's novelty works on its first day.
 */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),

  max_completion_tokens: tokenCount.nullish(),
  /** Deprecated in favour of `max_completion_tokens`, and what most clients still send. */
  max_tokens: tokenCount.nullish(),
  n: z.int().min(1).max(128).nullish(),
  /** OpenAI takes four in a list, other hosts up to sixteen. */
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),

  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  seed: z.int().nullish(),

  tools: z.array(toolSchema).max(512).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormatSchema.nullish(),

  /** Hosts have words of their own: Groq's `default`. */
  reasoning_effort: openEnum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  modalities: z.array(z.string()).nullish(),
  audio: z.looseObject({ voice: z.unknown(), format: z.string() }).nullish(),
  prediction: z.looseObject({ type: z.string() }).nullish(),

  service_tier: z.string().nullish(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().nullish(),
});

export type ChatRequest = z.output<typeof chatRequestSchema>;
export type ResponseFormat = z.output<typeof responseFormatSchema>;
export type ReasoningEffort = NonNullable<ChatRequest['reasoning_effort']>;
