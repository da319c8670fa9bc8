import { arrayOf } from '@weir/contracts/collections';
import { maxAnswerItems } from '@weir/contracts/limits';
import { z } from 'zod';
import type { ResponseContext } from '../../domain/dialect.ts';
import { responseHead, type ResponseHead } from '../response-writer.ts';
import { counter } from '../usage.ts';

/**
 * What we read of Anthropic's answers. Anthropic adds block, delta and event types within an API version, and
 * compatible hosts leave fields out: what is not needed is not asked for, and what is not known is passed over.
 */

type Tagged = z.ZodObject<{ type: z.ZodLiteral<string> }>;

/** One of the given members; a member of a type that is not among them becomes `{ type: 'other' }`. */
function tolerantUnion<const Members extends readonly [Tagged, ...Tagged[]]>(members: Members) {
  const known = new Set(members.map((member) => member.shape.type.value));
  const other = z
    .looseObject({ type: z.string().refine((type) => !known.has(type)) })
    .transform(() => ({ type: 'other' as const }));
  return z.union([z.discriminatedUnion('type', members), other]);
}

/** Compatible hosts say null, or nothing, where there is no text. */
const text = z.string().nullish();

/** `input_tokens` excludes what was read from a cache or written to one. In a stream, all are cumulative. */
const usageSchema = z
  .looseObject({
    input_tokens: counter,
    output_tokens: counter,
    cache_read_input_tokens: counter,
    /** The sum of both lifetimes. */
    cache_creation_input_tokens: counter,
    cache_creation: z
      .looseObject({ ephemeral_5m_input_tokens: counter, ephemeral_1h_input_tokens: counter })
      .nullish()
      .catch(undefined),
    output_tokens_details: z.looseObject({ thinking_tokens: counter }).nullish().catch(undefined),
    server_tool_use: z.looseObject({ web_search_requests: counter }).nullish().catch(undefined),
    service_tier: text.catch(undefined),
  })
  .nullish()
  .catch(undefined);

const blockSchema = tolerantUnion([
  z.looseObject({ type: z.literal('text'), text }),
  // Without a text where it is not shown; without a signature where a compatible host does not sign.
  z.looseObject({
    type: z.literal('thinking'),
    thinking: text,
    signature: text,
  }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: text }),
  z.looseObject({
    type: z.literal('tool_use'),
    id: z
      .union([z.string(), z.number().transform(String)])
      .nullish()
      .catch(undefined),
    name: z.string(),
    input: z.unknown().optional(),
  }),
]);

const stop = {
  stop_reason: z.string().nullish(),
  stop_details: z.looseObject({ explanation: z.string().nullish() }).nullish(),
};

export const messageSchema = z.looseObject({
  type: z.literal('message').nullish(),
  id: text.catch(undefined),
  model: text.catch(undefined),
  /** Some hosts have a text for it, or null where there is none. */
  content: z.preprocess(
    (said) => (typeof said === 'string' ? [{ type: 'text', text: said }] : said === null ? [] : said),
    arrayOf(blockSchema).max(maxAnswerItems),
  ),
  ...stop,
  usage: usageSchema,
});

const deltaSchema = tolerantUnion([
  z.looseObject({ type: z.literal('text_delta'), text }),
  z.looseObject({ type: z.literal('thinking_delta'), thinking: text }),
  z.looseObject({ type: z.literal('signature_delta'), signature: text }),
  z.looseObject({ type: z.literal('input_json_delta'), partial_json: text }),
]);

/** Hosts that leave it out send one block after the other. */
const index = z.int().nonnegative().catch(0);

export const eventSchema = tolerantUnion([
  z.looseObject({
    type: z.literal('message_start'),
    message: messageSchema.pick({ id: true, model: true, usage: true }).nullish(),
  }),
  z.looseObject({ type: z.literal('content_block_start'), index, content_block: blockSchema }),
  z.looseObject({ type: z.literal('content_block_delta'), index, delta: deltaSchema }),
  z.looseObject({ type: z.literal('content_block_stop'), index }),
  z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject(stop).nullish(),
    usage: usageSchema,
  }),
  z.looseObject({ type: z.literal('message_stop'), usage: usageSchema }),
]);

export type WireUsage = NonNullable<z.output<typeof usageSchema>>;
export type WireMessage = z.output<typeof messageSchema>;
export type WireStop = Pick<WireMessage, keyof typeof stop>;
export type MessageEvent = z.output<typeof eventSchema>;
export type WireBlock = z.output<typeof blockSchema>;
export type WireDelta = z.output<typeof deltaSchema>;

/** The head of the answer that a message stands for. */
export function messageHead(
  context: ResponseContext,
  { id, model }: Pick<WireMessage, 'id' | 'model'>,
): ResponseHead {
  return responseHead(context, { ...(id && { id }), ...(model && { model }) });
}
