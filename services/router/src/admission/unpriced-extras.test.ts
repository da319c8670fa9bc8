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

test.each([
  ['builtin_function', {}],
  ['web_search_20250305', { dialect: 'anthropic' }],
  ['bash_20250124', {}],
])('a tool of the type %s may be billed by the call, and is refused', (type, provider) => {
  const tools = [
    { type: 'function', function: { name: 'f' } },
    { type, name: 'x' },
  ];
  expect(() => {
    assertBounded(chat({ tools }), targetOf(provider), price);
  }).toThrow(expect.objectContaining({ code: 'unsupported_parameter', details: { param: 'tools[1].type' } }));
  assertBounded(chat({ tools }), targetOf({ name: 'vllm' }), price);
});

test('tools that the caller runs cost no more than their tokens', () => {
  const tools = [
    { type: 'custom', custom: { name: 'c' } },
    { type: 'text_editor_20250728', name: 'x' },
  ];
  assertBounded(chat({ tools }), targetOf({ dialect: 'anthropic' }), price);
});

test('a search that has a price is held for, and not refused', () => {
  assertBounded(chat({ web_search_options: {} }), targetOf(), { ...price, webSearchNanoUsd: 1 });
});

test('the models that may answer instead are those that are named', () => {
  expect(namedFallbacks(chat({ models: ['a', 1, 'b'] }), targetOf())).toEqual(['a', 'b']);
  expect(namedFallbacks(chat({ models: 'a' }), targetOf())).toEqual([]);
  expect(namedFallbacks(chat({ models: ['a'] }), targetOf({ dialect: 'anthropic' }))).toEqual([]);
});

test.each([
  ['speed', 'fast', 'standard'],
  ['inference_geo', 'us', 'global'],
])("what changes Anthropic's price of a token is refused, by its name: %s", (field, dearer, usual) => {
  const target = targetOf({ dialect: 'anthropic' });
  expect(() => {
    assertBounded(chat({ [field]: dearer }), target, price);
  }).toThrow(expect.objectContaining({ code: 'unsupported_parameter', details: { param: field } }));
  for (const value of [usual, null]) assertBounded(chat({ [field]: value }), target, price);
  // What is left out changes nothing.
  assertBounded(
    chat({ [field]: dearer }),
    targetOf({ dialect: 'anthropic', unsupportedParams: [field] }),
    price,
  );
});

test.each(['n_predict', 'max_new_tokens', 'max_output_tokens', 'best_of'])(
  'another name of the cap or of the number of answers is refused, since it may go before ours: %s',
  (field) => {
    expect(() => {
      assertBounded(chat({ max_tokens: 1, [field]: 100_000 }), targetOf(), price);
    }).toThrow(expect.objectContaining({ code: 'unsupported_parameter', details: { param: field } }));
  },
);
