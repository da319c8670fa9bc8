import type { ChatRequest, ReasoningEffort } from '@weir/contracts/chat/request';
import type { ChatRequest as OllamaRequest, Options, Tool as OllamaTool } from 'ollama';
import type { WireTarget, WireRequest } from '../../domain/dialect.ts';
import {
  withoutLegacyFunctions,
  unsupported,
  lostCacheMarkWarnings,
  lostImageDetailWarnings,
  lostNameWarnings,
  asksForMoreThanText,
} from '../unsupported.ts';
import { lostFieldWarnings } from '../lost-fields.ts';
import { outputCapIfNeeded } from '../output-cap.ts';
import { mapParameters, toList, translatedApart, type ParameterMap } from '../parameter-map.ts';
import { toMessages } from './messages.ts';

/** What becomes an option of the model's run. */
const options = {
  temperature: 'temperature',
  top_p: 'top_p',
  seed: 'seed',
  frequency_penalty: 'frequency_penalty',
  presence_penalty: 'presence_penalty',
  stop: { to: 'stop', map: toList },
  // Ollama's own, which callers of OpenAI's SDK send as extra fields.
  top_k: 'top_k',
  min_p: 'min_p',
  repeat_penalty: 'repeat_penalty',
  num_ctx: 'num_ctx',
} satisfies ParameterMap & Partial<Record<keyof Options, unknown>>;

const fields = {
  keep_alive: 'keep_alive',
  think: 'think',
  model: translatedApart,
  messages: translatedApart,
  stream: translatedApart,
  // Ollama always reports usage.
  stream_options: translatedApart,
  max_completion_tokens: translatedApart,
  max_tokens: translatedApart,
  modalities: translatedApart,
  tools: translatedApart,
  tool_choice: translatedApart,
  response_format: translatedApart,
  reasoning_effort: translatedApart,
} satisfies ParameterMap & Partial<Record<keyof OllamaRequest, unknown>>;

const optionsApart = Object.fromEntries(Object.keys(options).map((name) => [name, translatedApart]));

/** The request as `/api/chat` takes it. What Ollama does not know is left out with a warning. */
export function toRequest(asked: ChatRequest, target: WireTarget): WireRequest {
  const chat = withoutLegacyFunctions(asked);
  if ((chat.n ?? 1) > 1) throw unsupported('Ollama gives one choice only.', 'n');
  if (asksForMoreThanText(chat)) throw unsupported("Ollama's models answer in text only.", 'modalities');
  const cap = outputCapIfNeeded(chat, target.output);
  const { mapped: given } = mapParameters(chat, options, target.unsupportedParams);
  const { mapped, warnings } = mapParameters(
    // Several calls at once are what its models make anyway.
    chat.parallel_tool_calls === true ? { ...chat, parallel_tool_calls: undefined } : chat,
    { ...fields, ...optionsApart },
    target.unsupportedParams,
  );
  const format = toFormat(chat.response_format);
  const { think, warnings: ofThinking } = toThink(chat.reasoning_effort, target.model);
  const { messages, warnings: ofMessages } = toMessages(chat.messages);
  const tools = toTools(chat);
  const body: OllamaRequest = {
    ...mapped,
    model: target.model,
    messages,
    // Unlike the others, Ollama streams unless it is told not to.
    stream: chat.stream === true,
    options: { ...given, ...(cap.tokens !== undefined && { num_predict: cap.tokens }) },
    ...(format !== undefined && { format }),
    ...(think !== undefined && { think }),
    ...(tools.length > 0 && { tools }),
  };
  return {
    path: 'api/chat',
    body: JSON.stringify(body),
    outputCapTokens: cap.tokens,
    warnings: [
      ...warnings,
      ...cap.warnings,
      ...ofThinking,
      ...ofMessages,
      ...lostFormatWarnings(chat),
      ...forcedCallWarnings(chat),
      ...lostNameWarnings(chat),
      ...lostCacheMarkWarnings(chat),
      ...lostImageDetailWarnings(chat),
      ...lostFieldWarnings(chat),
    ],
  };
}

function toFormat(asked: ChatRequest['response_format']): 'json' | object | undefined {
  if (asked?.type === 'json_schema') return asked.json_schema.schema ?? 'json';
  return asked?.type === 'json_object' ? 'json' : undefined;
}

const levels = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
} as const satisfies Partial<Record<ReasoningEffort, string>>;

/** Only gpt-oss knows levels: Ollama refuses them for other models, which think or do not. */
function toThink(
  effort: ChatRequest['reasoning_effort'],
  model: string,
): { think?: NonNullable<OllamaRequest['think']>; warnings: string[] } {
  if (!effort) return { warnings: [] };
  if (effort === 'none') return { think: false, warnings: [] };
  const level = Object.hasOwn(levels, effort) ? levels[effort as keyof typeof levels] : undefined;
  if (level === undefined) return { warnings: ['reasoning_effort is not supported'] };
  if (!model.includes('gpt-oss')) return { think: true, warnings: ['reasoning_effort was sent as thinking'] };
  const isFitted = level !== effort;
  return {
    think: level,
    warnings: isFitted ? [`reasoning_effort was set to ${level}, the nearest that the model has`] : [],
  };
}

function lostFormatWarnings({ response_format: format }: ChatRequest): string[] {
  const isTaken = !format || format.type === 'text' || toFormat(format) !== undefined;
  return isTaken ? [] : ['response_format is not supported'];
}

/**
 * Ollama's models choose by themselves whether to call a tool. `none` is kept by showing them none, and a choice of
 * one by showing them that one; that they must call it cannot be said.
 */
function toTools({ tools, tool_choice: choice }: ChatRequest): OllamaTool[] {
  if (choice === 'none') return [];
  const chosen = typeof choice === 'object' && choice?.type === 'function' ? choice.function : undefined;
  const shown = (tools ?? []).map(toTool);
  return chosen ? shown.filter((tool) => tool.function.name === chosen.name) : shown;
}

function forcedCallWarnings({ tool_choice: choice }: ChatRequest): string[] {
  if (!choice || choice === 'none' || choice === 'auto') return [];
  return ['tool_choice is not supported: the model may answer without a tool'];
}

function toTool(tool: NonNullable<ChatRequest['tools']>[number], index: number): OllamaTool {
  if (tool.type !== 'function') throw unsupported('Ollama has function tools only.', `tools[${index}].type`);
  const { name, description, parameters } = tool.function;
  return {
    type: 'function',
    function: { name, ...(description && { description }), ...(parameters && { parameters }) },
  };
}
