import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';

/** The official clients, unchanged but for their base URL; a hidden retry would count as a request of the test's. */
export function openaiClient(provider: FakeProvider, apiKey = 'sk-test'): OpenAI {
  return new OpenAI({ apiKey, baseURL: provider.openaiBaseUrl, maxRetries: 0, logLevel: 'off' });
}

export function anthropicClient(provider: FakeProvider, apiKey = 'sk-test'): Anthropic {
  return new Anthropic({ apiKey, baseURL: provider.url, maxRetries: 0, logLevel: 'off' });
}

/** A client of the API's first version, which has its key in a header of its own. */
export function anthropicClient2023(provider: FakeProvider, apiKey = 'sk-test'): Anthropic {
  return new Anthropic({
    apiKey: null,
    baseURL: provider.url,
    maxRetries: 0,
    logLevel: 'off',
    defaultHeaders: { 'anthropic-version': '2023-06-01', 'x-api-key': apiKey },
  });
}

export function ollamaClient(provider: FakeProvider): Ollama {
  return new Ollama({ host: provider.url });
}

/** Everything that an iterable yields. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
