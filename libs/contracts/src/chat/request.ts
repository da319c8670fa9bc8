import { z } from 'zod';
import { arrayOf, looseObjectOf, recordOf } from '../collections.ts';
import { int64Schema } from './exact-integer.ts';
import { messageSchema } from './message.ts';
import { openEnum, openUnion, type OtherKind } from './open-union.ts';
import { jsonSchemaSchema, toolChoiceSchema, toolSchema } from './tool.ts';

/** Hosts have more: Fireworks' `grammar`. */
export const responseFormatSchema = openUnion([
  looseObjectOf({ type: z.literal('text') }),
  looseObjectOf({ type: z.literal('json_object') }),
  looseObjectOf({
    type: z.literal('json_schema'),
    json_schema: looseObjectOf({
      name: z.string(),
      description: z.string().nullish(),
      schema: jsonSchemaSchema.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** LM Studio and llama.cpp have -1 for no cap at all, and their examples too. */
const outputCap = z.union([z.int().positive(), z.literal(-1)], { error: 'must be an integer' });

/**
 * `POST /v1/chat/completions` as OpenAI defines it: the one form in which a chat request crosses the bus.
 * Fields that are not named here pass through untouched, so that a provider's novelty works on its first day.
 */
export const chatRequestSchema = looseObjectOf({
  model: z.string().min(1).max(256),
  messages: arrayOf(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: looseObjectOf({ include_usage: z.boolean().nullish() }).nullish(),

  max_completion_tokens: outputCap.nullish(),
  /** Deprecated in favour of `max_completion_tokens`, and what most clients still send. */
  max_tokens: outputCap.nullish(),
  /** What an attempt may cost is reckoned with it. Source of the most: vLLM's default. */
  n: z.int().min(1).max(16_384).nullish(),
  stop: z.union([z.string(), arrayOf(z.string())]).nullish(),

  /** Whose range they are in is the host's to judge: OpenAI's is up to 2, that of vLLM has no end. */
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  /** llama.cpp takes pairs in a list too. */
  logit_bias: z.union([recordOf(z.string(), z.unknown()), arrayOf(z.unknown())]).nullish(),
  /** Together's is a number, of alternatives. */
  logprobs: z.union([z.boolean(), z.number()], { error: 'must be true or false' }).nullish(),
  top_logprobs: z.int().nullish(),
  seed: int64Schema.nullish(),

  tools: arrayOf(toolSchema).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormatSchema.nullish(),

  /** Hosts have words of their own, as Groq's `default`, and more than words: Fireworks' number of tokens. */
  reasoning_effort: z
    .union(
      [
        openEnum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']),
        z.custom<OtherKind>((effort) => typeof effort === 'number' || typeof effort === 'boolean'),
      ],
      { error: 'must be a string' },
    )
    .nullish(),
  modalities: arrayOf(z.string()).nullish(),
  audio: looseObjectOf({ format: z.string().nullish() }).nullish(),
  prediction: looseObjectOf({ type: z.string() }).nullish(),

  service_tier: z.string().nullish(),
  store: z.boolean().nullish(),
  /** OpenAI's values are strings, 16 at most. */
  metadata: recordOf(z.string(), z.unknown()).nullish(),
  user: z.string().nullish(),
});

export type ChatRequest = z.output<typeof chatRequestSchema>;
export type ResponseFormat = z.output<typeof responseFormatSchema>;
export type ReasoningEffort = NonNullable<ChatRequest['reasoning_effort']>;
