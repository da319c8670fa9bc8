import type { MessageCreateParamsBase, OutputConfig } from '@anthropic-ai/sdk/resources/messages/messages';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { hashedUser } from '../../domain/stand-in-id.ts';
import { toList } from '../parameter-map.ts';
import { toStrictSchema } from './strict-schema.ts';
import type { Reasoning } from './reasoning.ts';

/** The SDK 1.x has no sampling parameters any more, since the API version that it sends refuses them. */
export type MessagesBody = MessageCreateParamsBase & { temperature?: number };

/** A part of the body, and what of the request could not be kept in it. */
interface Fields {
  readonly fields: Partial<MessagesBody>;
  readonly warnings: readonly string[];
}

/** Anthropic's name for a tier. Its `auto`, the default, uses priority capacity where there is some. */
const serviceTiers = new Map<string, Partial<MessagesBody>>([
  ['auto', {}],
  ['priority', { service_tier: 'auto' }],
  ['default', { service_tier: 'standard_only' }],
]);

/** The most that Anthropic takes; OpenAI takes 2. */
const maxTemperature = 1;

/** The parameters that may lose something on their way. */
export function toRequestFields(chat: ChatRequest, reasoning: Reasoning): Fields {
  const parts = [
    toTemperature(chat.temperature ?? undefined),
    toStopSequences(chat.stop),
    toServiceTier(chat.service_tier),
    toOutputConfig(chat, reasoning),
  ];
  return {
    fields: parts.reduce<Fields['fields']>((merged, { fields }) => ({ ...merged, ...fields }), {}),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

function toTemperature(temperature: number | undefined): Fields {
  if (temperature === undefined) return { fields: {}, warnings: [] };
  const tooHigh = temperature > maxTemperature;
  return {
    fields: { temperature: Math.min(temperature, maxTemperature) },
    warnings: tooHigh ? [`temperature was lowered to ${maxTemperature}, the most that Anthropic takes`] : [],
  };
}

/** Anthropic refuses a request for a stop sequence without visible text, as `\n\n` is. */
function toStopSequences(stop: ChatRequest['stop']): Fields {
  const asked = toList(stop ?? []);
  const visible = asked.filter((sequence) => sequence.trim() !== '');
  return {
    fields: visible.length > 0 ? { stop_sequences: visible } : {},
    warnings: visible.length < asked.length ? ['stop is not supported for white space'] : [],
  };
}

function toServiceTier(tier: ChatRequest['service_tier']): Fields {
  const fields = serviceTiers.get(tier ?? 'auto');
  return fields ? { fields, warnings: [] } : { fields: {}, warnings: ['service_tier is not supported'] };
}

function toOutputConfig(chat: ChatRequest, { thinking, effort, warnings }: Reasoning): Fields {
  const { format, warnings: ofFormat } = toOutputFormat(chat.response_format);
  const config: OutputConfig = { ...(effort && { effort }), ...(format && { format }) };
  return {
    fields: {
      ...(thinking && { thinking }),
      ...(Object.keys(config).length > 0 && { output_config: config }),
    },
    warnings: [...warnings, ...ofFormat],
  };
}

function toOutputFormat(asked: ChatRequest['response_format']): {
  format?: NonNullable<OutputConfig['format']>;
  warnings: string[];
} {
  if (!asked || asked.type === 'text') return { warnings: [] };
  const schema = asked.type === 'json_schema' && asked.json_schema.schema;
  if (!schema) return { warnings: ['response_format is not supported without a schema'] };
  return { format: { type: 'json_schema', schema: toStrictSchema(schema) }, warnings: [] };
}

/** The most that Anthropic takes. */
const maxUserIdLength = 256;

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;

/** Seven digits and more, with what people write between them. */
const phone = /\+?\(?\d(?:[\s().-]{0,3}\d){6,}/;

/**
 * OpenAI's `user` as Anthropic's `metadata.user_id`. Anthropic refuses what looks like an e-mail address or a phone number,
 * and asks for a UUID or a hash: whatever may be taken for personal data is sent as its hash.
 */
export function toUserId(user: string): string {
  const isPersonal = user.includes('@') || phone.test(user.replace(uuid, ''));
  return isPersonal || user.length > maxUserIdLength ? hashedUser(user) : user;
}
