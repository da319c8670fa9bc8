import { expect, test } from 'vitest';
import { modelListings } from './model-listing.ts';

test('limits are read by whatever name a host tells them', () => {
  const body = {
    object: 'list',
    data: [
      { id: 'llama-3.3-70b', created: 7, context_window: 131_072, max_completion_tokens: 32_768 },
      { id: 'openai/gpt-5', context_length: 400_000, top_provider: { max_completion_tokens: 128_000 } },
      { id: 'mistral-large', max_context_length: 131_072, created: null },
      { id: 'qwen', max_model_len: 32_768, top_provider: null },
      { id: 'models/gemini-2.5-pro', object: 'model' },
    ],
  };
  expect(modelListings.openai.read(body)).toEqual([
    { id: 'llama-3.3-70b', createdAtS: 7, contextTokens: 131_072, maxOutputTokens: 32_768 },
    { id: 'openai/gpt-5', contextTokens: 400_000, maxOutputTokens: 128_000 },
    { id: 'mistral-large', contextTokens: 131_072 },
    { id: 'qwen', contextTokens: 32_768 },
    { id: 'gemini-2.5-pro' },
  ]);
});

test('a list without an envelope is a list', () => {
  expect(modelListings.openai.read([{ id: 'a' }])).toEqual([{ id: 'a' }]);
});

test("Ollama's models answer to their names with and without the default tag", () => {
  const body = { models: [{ name: 'llama3.2:latest' }, { name: 'qwen3:8b' }] };
  expect(modelListings.ollama.read(body)).toEqual([
    { id: 'llama3.2', aliases: ['llama3.2:latest'] },
    { id: 'qwen3:8b' },
  ]);
});

test.each(['openai', 'anthropic', 'ollama'] as const)('what is no list is refused: %s', (name) => {
  expect(() => modelListings[name].read({ error: 'no' })).toThrow('Invalid input');
});
