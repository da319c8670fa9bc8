import type { ChatRequest } from '@weir/contracts/chat/request';
import { LRUCache } from 'lru-cache';
import type { CatalogueEntry } from './catalogue.ts';
import { claudeGeneration, isClaude } from './claude-model.ts';
import type { AssistantPrefill, Provider } from './provider.ts';

interface PrefillingHost {
  readonly form: AssistantPrefill;
  /** Only at these base URLs. */
  readonly baseUrl?: RegExp;
}

/**
 * By the name of the provider. Hosts that are not here are asked in words. Of their documents, as of 2026-11-28:
 * Groq "Assistant Message Prefilling" (console.groq.com/docs/prompting); OpenRouter "Assistant Prefill"
 * (openrouter.ai/docs/api-reference/overview); Mistral's `AssistantMessage.prefix`, whose answer repeats the prefix;
 * DeepSeek "Chat Prefix Completion (Beta)", at its beta address only; vLLM's extra parameters of the Chat API.
 * Ollama is not among them: some of its renderers end the message and begin a new one, and nothing tells which.
 */
const hosts: Readonly<Record<string, PrefillingHost>> = {
  deepseek: { form: 'prefix', baseUrl: /\/beta\/?$/ },
  groq: { form: 'trailing_message' },
  mistral: { form: 'prefix' },
  openrouter: { form: 'trailing_message' },
  vllm: { form: 'continue_final_message' },
};

/** From Claude 4.6 on a conversation that ends with the assistant's message is refused: Anthropic's migration guides. */
const lastPrefillingClaude = 4.5;

/** Callers may make up model names. */
const maxRefusing = 1_000;

/** Which targets continue a message of the assistant's, as far as their documents and their own refusals tell. */
export class AssistantPrefills {
  readonly #refusing = new LRUCache<string, true>({ max: maxRefusing });

  /** The form in which the target does so; undefined where it is known to have none. */
  formOf(entry: CatalogueEntry, chat: ChatRequest): AssistantPrefill | undefined {
    const { provider, model } = entry;
    const form = formOfHost(provider);
    const isLaterClaude = isClaude(model.id) && claudeGeneration(model.id) > lastPrefillingClaude;
    if (!form || isLaterClaude || this.#refusing.has(keyOf(entry))) return undefined;
    // Claude does not think in the middle of its answer.
    return provider.dialect === 'anthropic' && asksForThinking(chat) ? undefined : form;
  }

  /** The target has refused it. */
  refuse(entry: CatalogueEntry): void {
    this.#refusing.set(keyOf(entry), true);
  }
}

const keyOf = ({ provider, model }: CatalogueEntry) =>
  JSON.stringify([provider.name, provider.baseUrl, model.id]);

function formOfHost({ assistantPrefill, baseUrl, dialect, name }: Provider): AssistantPrefill | undefined {
  if (assistantPrefill) return assistantPrefill === 'none' ? undefined : assistantPrefill;
  if (dialect === 'anthropic') return 'trailing_message';
  const host = dialect === 'openai' && Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  return host?.baseUrl?.test(baseUrl) === false ? undefined : host?.form;
}

function asksForThinking({ reasoning_effort: effort, ['thinking']: thinking }: ChatRequest): boolean {
  return (effort !== undefined && effort !== null && effort !== 'none') || Boolean(thinking);
}
