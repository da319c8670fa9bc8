import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { assertBounded, namedFallbacks } from './unpriced-extras.ts';

const price = { id: 'p', rates: { input: 1, output: 1 } };
const chat = (fields: object): ChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  ...fields,
});
const targetOf = (provider: object = {}) => ({ provider: aProvider(provider), model: { id: 'm' } });

test.each([
  ['plugins', [{ id: 'web', max_results: 10 }]],
  ['search_parameters', { mode: 'on', max_search_results: 30 }],
  ['preset', 'of-somebody'],
  ['web_search_options', {}],
])('what has no known price is refused, by its name: %s', (field, value) => {
  const asked = chat({ [field]: value });
  expect(() => {
    assertBounded(asked, targetOf(), price);
  }).toThrow(expect.objectContaining({ code: 'unsupported_parameter', details: { param: field } }));
  for (const provider of [{ dialect: 'anthropic' }, { name: 'vllm' }]) {
    assertBounded(asked, targetOf(provider), price);
  }
  assertBounded(chat({ [field]: null }), targetOf(), price);
});

test('a search that has a price is held for, and not refused', () => {
  assertBounded(chat({ web_search_options: {} }), targetOf(), { ...price, webSearchNanoUsd: 1 });
});

test('the models that may answer instead are those that are named', () => {
  expect(namedFallbacks(chat({ models: ['a', 1, 'b'] }), targetOf())).toEqual(['a', 'b']);
  expect(namedFallbacks(chat({ models: 'a' }), targetOf())).toEqual([]);
  expect(namedFallbacks(chat({ models: ['a'] }), targetOf({ dialect: 'anthropic' }))).toEqual([]);
});
