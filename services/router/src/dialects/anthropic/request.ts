import type { ChatRequest } from '@weir/contracts/chat/request';
import { isClaude } from '../../domain/claude-model.ts';
import type { WireTarget, WireRequest } from '../../domain/dialect.ts';
import {
  withoutLegacyFunctions,
  unsupported,
  lostImageDetailWarnings,
  lostNameWarnings,
  asksForMoreThanText,
} from '../unsupported.ts';
import { mapParameters, translatedApart, type ParameterMap } from '../parameter-map.ts';
import { lostFieldWarnings } from '../lost-fields.ts';
import { outputCap } from '../output-cap.ts';
import { fitCacheMarks } from './cache-marks.ts';
import { toConversation } from './conversation.ts';
import { refusedByModel } from './model-limits.ts';
import { toReasoning } from './reasoning.ts';
import { toRequestFields, toUserId, type MessagesBody } from './request-fields.ts';
import { lacksThoughts } from './turns.ts';
import { toToolFields } from './tools.ts';

/** What differs between two versions of Anthropic's API, as far as we speak it. */
export interface ApiVersion {
  readonly version: string;
  /** How this version's clients send the credential. */
  credential(apiKey: string): Record<string, string>;
  /** Parameters that this version answers with a 400, whatever the model and the value. */
  readonly refusedParams: readonly string[];
}

/**
 * The default. Callers of a chat API expect `temperature` to work, and only this version takes it (for the models
 * that still do); it is also the one that Anthropic-compatible hosts speak. Nothing that we use is missing from it:
 * a version names only what was removed, while additions such as `output_config` came to both.
 */
export const version20230601: ApiVersion = {
  version: '2023-06-01',
  credential: (apiKey) => ({ 'x-api-key': apiKey }),
  refusedParams: [],
};

/** What `@anthropic-ai/sdk` 1.x sends, for hosts that take nothing older. */
export const version20261021: ApiVersion = {
  version: '2026-10-21',
  credential: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  refusedParams: ['temperature', 'top_p', 'top_k'],
};

/** Anthropic's own parameters, which callers of OpenAI's SDK send as extra fields: passed on as they are. */
const anthropicsOwn = {
  top_k: 'top_k',
  cache_control: 'cache_control',
  container: 'container',
  inference_geo: 'inference_geo',
  speed: 'speed',
} as const;

/** Whatever is not named here is left out with a warning. */
export const parameters = {
  ...anthropicsOwn,
  stream: 'stream',
  thinking: translatedApart,
  top_p: 'top_p',
  user: { to: 'metadata', map: (user: string) => ({ user_id: toUserId(user) }) },
  model: translatedApart,
  messages: translatedApart,
  max_completion_tokens: translatedApart,
  max_tokens: translatedApart,
  temperature: translatedApart,
  stop: translatedApart,
  service_tier: translatedApart,
  modalities: translatedApart,
  tools: translatedApart,
  tool_choice: translatedApart,
  parallel_tool_calls: translatedApart,
  response_format: translatedApart,
  reasoning_effort: translatedApart,
  // Anthropic's streams always report usage.
  stream_options: translatedApart,
} satisfies ParameterMap & Record<keyof typeof anthropicsOwn, string> & { thinking: symbol };

/**
 * The request as Anthropic's Messages API takes it. What would be refused and can be done without is left out with a
 * warning; what would change the answer's meaning is a Fault.
 */
export function toRequest(asked: ChatRequest, target: WireTarget, version: ApiVersion): WireRequest {
  const chat = withoutLegacyFunctions(asked);
  if ((chat.n ?? 1) > 1) throw unsupported('Anthropic models give one choice only.', 'n');
  if (asksForMoreThanText(chat)) throw unsupported('Anthropic models answer in text only.', 'modalities');
  const denied = [...target.unsupportedParams, ...version.refusedParams];
  const taken = without(chat, denied);
  const cap = outputCap(taken, target.output);
  const { conversation, warnings: mended } = toConversation(chat.messages, isClaude(target.model));
  const reasoning = toReasoning({
    chat: taken,
    model: target.model,
    capTokens: cap.tokens,
    lacksThoughts: lacksThoughts(conversation.messages),
    isPrefilled: conversation.messages.at(-1)?.role === 'assistant',
  });
  const isThinking = ['enabled', 'adaptive'].includes(reasoning.thinking?.type ?? '');
  const refused = [...denied, ...refusedByModel(target.model, chat, isThinking)];
  const { mapped, warnings } = mapParameters(chat, parameters, refused);
  const adapted = toRequestFields(without(chat, refused), reasoning);
  const tools = toToolFields(taken);
  const body: MessagesBody = {
    model: target.model,
    max_tokens: cap.tokens,
    ...conversation,
    ...tools,
    ...adapted.fields,
    ...mapped,
  };
  const lostMarks = fitCacheMarks(body, chat);
  return {
    path: 'v1/messages',
    body: JSON.stringify(body),
    outputCapTokens: body.max_tokens,
    warnings: [
      ...warnings,
      ...cap.warnings,
      ...adapted.warnings,
      ...mended,
      ...lostMarks,
      ...lostNameWarnings(chat),
      ...lostImageDetailWarnings(chat),
      ...lostFieldWarnings(chat),
      ...lostChoiceWarnings(chat),
    ],
  };
}

/** Who may call which tool says nothing where there are none. */
function lostChoiceWarnings({ tools, tool_choice: choice }: ChatRequest): string[] {
  const isLost = !tools?.length && choice && choice !== 'none' && choice !== 'auto';
  return isLost ? ['tool_choice is not supported without tools'] : [];
}

function without(chat: ChatRequest, names: readonly string[]): ChatRequest {
  return { ...chat, ...Object.fromEntries(names.map((name) => [name, undefined])) };
}
