import { z } from 'zod';
import type { ResponseContext } from '../../domain/dialect.ts';
import { responseHead, type ResponseHead } from '../response-writer.ts';

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

/** A counter that is none is not told: a good answer does not fail for it. */
const count = z.int().nonnegative().nullish().catch(undefined);

/** `input_tokens` excludes what was read from a cache or written to one. In a stream, all are cumulative. */
const usageSchema = z
  .looseObject({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    /** The sum of both lifetimes. */
    cache_creation_input_tokens: count,
    cache_creation: z
      .looseObject({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
      .nullish(),
    output_tokens_details: z.looseObject({ thinking_tokens: count }).nullish(),
    server_tool_use: z.looseObject({ web_search_requests: count }).nullish(),
    service_tier: z.string().nullish(),
  })
  .nullish()
  .catch(undefined);

const blockSchema = tolerantUnion([
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  // Without a text where it is not shown; without a signature where a compatible host does not sign.
  z.looseObject({
    type: z.literal('thinking'),
    thinking: z.string().nullish(),
    signature: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.looseObject({
    type: z.literal('tool_use'),
    id: z.string().nullish(),
    name: z.string(),
    input: z.unknown(),
  }),
]);

const stop = {
  stop_reason: z.string().nullish(),
  stop_details: z.looseObject({ explanation: z.string().nullish() }).nullish(),
};

export const messageSchema = z.looseObject({
  type: z.literal('message'),
  id: z.string().nullish(),
  model: z.string().nullish(),
  content: z.array(blockSchema),
  ...stop,
  usage: usageSchema,
});

const deltaSchema = tolerantUnion([
  z.looseObject({ type: z.literal('text_delta'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.looseObject({ type: z.literal('signature_delta'), signature: z.string() }),
  z.looseObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);

const index = z.int().nonnegative();

export const eventSchema = tolerantUnion([
  z.looseObject({
    type: z.literal('message_start'),
    message: messageSchema.pick({ id: true, model: true, usage: true }),
  }),
  z.looseObject({ type: z.literal('content_block_start'), index, content_block: blockSchema }),
  z.looseObject({ type: z.literal('content_block_delta'), index, delta: deltaSchema }),
  z.looseObject({ type: z.literal('content_block_stop'), index }),
  z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject(stop),
    usage: usageSchema,
  }),
  z.looseObject({ type: z.literal('message_stop') }),
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
