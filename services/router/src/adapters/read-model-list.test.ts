import { maxListedModels } from '@weir/contracts/limits';
import { expect, test } from 'vitest';
import { readModelList } from './read-model-list.ts';

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
  expect(readModelList.openai(body)).toEqual([
    { id: 'llama-3.3-70b', createdAtS: 7, contextTokens: 131_072, maxOutputTokens: 32_768 },
    { id: 'openai/gpt-5', contextTokens: 400_000, maxOutputTokens: 128_000 },
    { id: 'mistral-large', contextTokens: 131_072 },
    { id: 'qwen', contextTokens: 32_768 },
    { id: 'gemini-2.5-pro' },
  ]);
});

test('what models take is read by whatever name a host tells it', () => {
  const body = {
    data: [
      {
        id: 'a',
        architecture: { input_modalities: ['text', 'image'] },
        supported_parameters: ['tools', 'seed'],
      },
      { id: 'b', architecture: { input_modalities: ['text'] }, supported_parameters: ['seed'] },
      { id: 'c', capabilities: { vision: true, function_calling: false, completion_chat: true } },
      { id: 'd', supports_image_input: false, supports_tools: true },
      {
        id: 'e',
        architecture: null,
        supported_parameters: null,
        capabilities: ['completion'],
        supports_tools: 1,
      },
    ],
  };
  expect(readModelList.openai(body)).toEqual([
    { id: 'a', takesImages: true, takesTools: true },
    { id: 'b', takesImages: false, takesTools: false },
    { id: 'c', takesImages: true, takesTools: false },
    { id: 'd', takesImages: false, takesTools: true },
    { id: 'e' },
  ]);
});

test("Anthropic's models tell their limits, and whether they take images", () => {
  const body = {
    data: [
      {
        type: 'model',
        id: 'claude-opus-4-8',
        max_input_tokens: 1_000_000,
        max_tokens: 128_000,
        capabilities: { image_input: { supported: true }, pdf_input: { supported: true } },
      },
      { id: 'claude-next', max_input_tokens: null, max_tokens: null, capabilities: null },
    ],
  };
  expect(readModelList.anthropic(body)).toEqual([
    { id: 'claude-opus-4-8', contextTokens: 1_000_000, maxOutputTokens: 128_000, takesImages: true },
    { id: 'claude-next' },
  ]);
});

test('a list without an envelope is a list', () => {
  expect(readModelList.openai([{ id: 'a' }])).toEqual([{ id: 'a' }]);
});

test.each([
  ['openai', { data: [{ id: 'good-1' }, { object: 'model' }, { id: 'good-2' }, null, 'text', { id: '' }] }],
  ['openai', [{ id: 'good-1' }, {}, { id: 'good-2' }, 7, [], { id: 3 }]],
  ['anthropic', { data: [{ id: 'good-1' }, {}, { id: 'good-2' }, null, 1, { id: null }] }],
  ['ollama', { models: [{ name: 'good-1' }, {}, { name: 'good-2' }, null, [], { name: '' }] }],
] as const)('an entry that is no model costs that entry alone, and is told: %s', (name, body) => {
  let unreadable = 0;
  const models = readModelList[name](body, () => unreadable++);
  expect(models).toEqual([{ id: 'good-1' }, { id: 'good-2' }]);
  expect(unreadable).toBe(4);
});

test('a host that has no models may write null for their list', () => {
  expect(readModelList.openai({ object: 'list', data: null })).toEqual([]);
  expect(readModelList.anthropic({ data: null })).toEqual([]);
  expect(readModelList.ollama({ models: null })).toEqual([]);
});

test("Ollama's models answer to their names with and without the default tag", () => {
  const body = { models: [{ name: 'llama3.2:latest' }, { name: 'qwen3:8b' }] };
  expect(readModelList.ollama(body)).toEqual([
    { id: 'llama3.2', aliases: ['llama3.2:latest'] },
    { id: 'qwen3:8b' },
  ]);
});

test.each(['openai', 'anthropic', 'ollama'] as const)('what is no list is refused: %s', (name) => {
  expect(() => readModelList[name]({ error: 'no' })).toThrow('Invalid input');
});

test('a list is as long as any that is known, and no name is longer than that of any model', () => {
  const data = Array.from({ length: maxListedModels + 1 }, (_, index) => ({ id: `m${index}` }));
  expect(readModelList.openai({ data })).toHaveLength(maxListedModels);
  const unreadable: unknown[] = [];
  const odd = [{ id: 'x'.repeat(257) }, { id: { length: { toString: 1 } } }, { id: 'good' }];
  expect(readModelList.openai({ data: odd }, (entry) => unreadable.push(entry))).toEqual([{ id: 'good' }]);
  expect(unreadable).toHaveLength(2);
});
