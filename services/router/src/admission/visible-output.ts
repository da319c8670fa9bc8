import type { ChatRequest } from '@weir/contracts/chat/request';
import { asksForMoreThanText } from '../dialects/unsupported.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';

/**
 * Models of OpenAI-compatible hosts that send all that they generate. OpenAI's `o*` and `gpt-5` and later, Gemini, Grok and
 * others think and do not show it, and of a model that nobody here knows it is not known.
 */
const showsAll =
  /^(?:gpt-3\.5|gpt-4(?!.*search)|chatgpt-4o|deepseek|llama|meta-llama|mistral|ministral|mixtral|open-mi|codestral|pixtral|gemma|command)/;

/**
 * Whether everything that is billed as output comes as content of the stream, so that what has come bounds what is billed,
 * and a hold may grow with the stream. Where not, the whole of the output cap is held from the beginning.
 */
export function isOutputVisible(chat: ChatRequest, { provider, model }: CatalogueEntry): boolean {
  // Sound has tokens of its own; rejected predictions and searches are billed and not sent.
  if (asksForMoreThanText(chat) || chat.prediction || chat['web_search_options']) return false;
  switch (provider.dialect) {
    case 'ollama':
      return true;
    case 'anthropic':
      return !thinks(chat);
    case 'openai':
      return provider.name === 'vllm' || showsAll.test(model.id.slice(model.id.lastIndexOf('/') + 1));
  }
}

/** Anthropic's models think where they are asked to, and show a summary. */
function thinks(chat: ChatRequest): boolean {
  const { reasoning_effort: effort, thinking } = chat as ChatRequest & { thinking?: unknown };
  const isEffort = effort !== null && effort !== undefined && effort !== 'none';
  const isDisabled =
    typeof thinking !== 'object' || thinking === null || ('type' in thinking && thinking.type === 'disabled');
  return isEffort || !isDisabled;
}
