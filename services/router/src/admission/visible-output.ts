import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import { thinkingProfileOf, thinksUnasked } from '../dialects/anthropic/thinking-profile.ts';
import { asksForMoreThanText } from '../dialects/unsupported.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { Provider } from '../domain/provider.ts';

/**
 * Models of OpenAI-compatible hosts that send all that they generate. OpenAI's `o*` and `gpt-5` and later, Gemini, Grok and
 * others think and do not show it, and of a model that nobody here knows it is not known.
 */
const showsAll =
  /^(?:gpt-3\.5|gpt-4(?!.*search)|chatgpt-4o|deepseek|llama|meta-llama|mistral|ministral|mixtral|open-mi|codestral|pixtral|gemma|command)/;

/** What OpenAI and its compatible hosts are asked that has nothing to do with thoughts. */
const harmlessFields = new Set([
  ...Object.keys(chatRequestSchema.shape),
  ...['functions', 'function_call', 'prompt_cache_key', 'safety_identifier', 'verbosity'],
  ...['min_p', 'repetition_penalty', 'top_k'],
]);
harmlessFields.delete('reasoning_effort');

/**
 * Whether everything that is billed as output comes as content of the stream, so that what has come bounds what is billed,
 * and a hold may grow with the stream. Where not, the whole of the output cap is held from the beginning.
 */
export function isOutputVisible(chat: ChatRequest, { provider, model }: CatalogueEntry): boolean {
  if (isUnknownHost(provider)) return false;
  // Sound has tokens of its own; rejected predictions and searches are billed and not sent.
  if (asksForMoreThanText(chat) || chat.prediction || chat['web_search_options']) return false;
  // So is what a provider's own tools do.
  if (chat.tools?.some(({ type }) => type !== 'function' && type !== 'custom')) return false;
  switch (provider.dialect) {
    case 'ollama':
      return true;
    case 'anthropic':
      return !thinks(chat, model.id);
    case 'openai':
      if (hasUnknownFields(chat)) return false;
      return provider.name === 'vllm' || showsAll.test(model.id.slice(model.id.lastIndexOf('/') + 1));
  }
}

/** A caller's own host, and one that hands on to others, may do whatever it likes with thoughts. */
function isUnknownHost({ baseUrl, isOfConfig, name }: Provider): boolean {
  return isOfConfig === true || name === 'openrouter' || baseUrl.includes('//openrouter.ai/');
}

/**
 * Whether a request asks for what nobody here knows, as to hide thoughts: hosts have many words for that (`reasoning: {exclude}`, `include_reasoning`, `reasoning_format`, `chat_template_kwargs`), and
 * may have more tomorrow: whatever is not known to be harmless is taken for one.
 */
export function hasUnknownFields(chat: ChatRequest): boolean {
  return Object.entries(chat).some(
    ([name, value]) => value !== null && value !== undefined && !harmlessFields.has(name),
  );
}

/** Anthropic's models think where they are asked to, the newer ones unless they are asked not to, and show a summary at most. */
function thinks(chat: ChatRequest, model: string): boolean {
  const { reasoning_effort: effort, thinking } = chat as ChatRequest & {
    thinking?: { type?: unknown } | null;
  };
  const isEffort = effort !== null && effort !== undefined && effort !== 'none';
  const isDisabled = thinking?.type === 'disabled';
  if (isEffort || (typeof thinking === 'object' && thinking !== null && !isDisabled)) return true;
  if (!thinksUnasked(model) || isDisabled) return false;
  return effort !== 'none' || thinkingProfileOf(model).off !== 'disabled';
}
