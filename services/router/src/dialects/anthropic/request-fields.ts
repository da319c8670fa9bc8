import type { MessageCreateParamsBase, OutputConfig } from '@anthropic-ai/sdk/resources/messages/messages';
import type { ChatRequest, ReasoningEffort } from '@weir/contracts/chat/request';
import type { WireTarget } from '../../domain/dialect.ts';
import { outputCap } from '../output-cap.ts';
import { toList } from '../parameter-map.ts';
import { toStrictSchema } from './strict-schema.ts';
import type { ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import { forcesToolUse } from './tools.ts';

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
export function toRequestFields(
  chat: ChatRequest,
  output: WireTarget['output'],
): Fields & { fields: Pick<MessagesBody, 'max_tokens'> } {
  const cap = outputCap(chat, output);
  const parts = [
    toTemperature(chat.temperature ?? undefined),
    toStopSequences(chat.stop),
    toServiceTier(chat.service_tier),
    toOutputConfig(chat),
  ];
  return {
    fields: parts.reduce((merged, { fields }) => ({ ...merged, ...fields }), { max_tokens: cap.tokens }),
    warnings: [cap, ...parts].flatMap(({ warnings }) => warnings),
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

function toOutputConfig(chat: ChatRequest): Fields {
  const { thinking, effort } = toReasoning(chat);
  const { format, warnings } = toOutputFormat(chat.response_format);
  const config: OutputConfig = { ...(effort && { effort }), ...(format && { format }) };
  return {
    fields: {
      ...(thinking && { thinking }),
      ...(Object.keys(config).length > 0 && { output_config: config }),
    },
    warnings,
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

type Effort = NonNullable<OutputConfig['effort']>;

const efforts: Readonly<Partial<Record<ReasoningEffort, Effort>>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
};

/** How much the model should think. Newer models keep their thoughts to themselves unless asked to sum them up. */
export function toReasoning(chat: ChatRequest): { thinking?: ThinkingConfigParam; effort?: Effort } {
  const asked = chat.reasoning_effort;
  if (asked === null || asked === undefined) return {};
  if (asked === 'none') return { thinking: { type: 'disabled' } };
  const effort = efforts[asked];
  if (effort === undefined) return {};
  // Anthropic refuses thinking where a tool call is forced. The call is what the caller builds on.
  if (forcesToolUse(chat)) return { effort };
  return { effort, thinking: { type: 'adaptive', display: 'summarized' } };
}
