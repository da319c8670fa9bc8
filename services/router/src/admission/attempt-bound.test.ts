import type { ChatRequest } from '@weir/contracts/chat/request';
import { describe, expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { attemptBound } from './attempt-bound.ts';
import { isOutputVisible } from './visible-output.ts';

const chat = (fields: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  ...fields,
});
const sent = (chat: ChatRequest, target: CatalogueEntry) => ({
  chat,
  target,
  body: JSON.stringify(chat),
  outputCapTokens: chat.max_tokens ?? undefined,
});
const openai = aProvider({ name: 'openai' });
const anthropic = aProvider({ name: 'anthropic', dialect: 'anthropic' });
const options = { sliceTokens: 4_096 };

describe('the bound of an attempt', () => {
  test.each<[string, Partial<ChatRequest>, object, number]>([
    ['the cap itself', { max_tokens: 100 }, {}, 100],
    ['of each choice', { max_tokens: 100, n: 3 }, {}, 300],
    ["the model's maximum without one", {}, { maxOutputTokens: 128_000, contextTokens: 200_000 }, 128_000],
    ["the model's window where no maximum is known", {}, { contextTokens: 8_192 }, 8_192],
    ['the largest window that there is where nothing is known', {}, {}, 2_097_152],
    ['never more than the window', { max_tokens: 99_999 }, { contextTokens: 8_192 }, 8_192],
  ])('has the output cap that is sent: %s', (_name, fields, limits, expected) => {
    const { outputTokens } = attemptBound(
      sent(chat(fields), { provider: openai, model: { id: 'gpt-4', ...limits } }),
      options,
    );
    expect(outputTokens).toBe(expected);
  });

  test('has a search for each choice where the model searches', () => {
    const bound = (id: string, fields: object = {}) =>
      attemptBound(sent(chat(fields), { provider: openai, model: { id } }), options).toolCalls;
    expect(bound('gpt-4o-search-preview')).toBe(1);
    expect(bound('gpt-5', { web_search_options: {} })).toBe(1);
    expect(bound('gpt-5')).toBe(0);
    expect(bound('research-1')).toBe(0);
  });
});

test.each<[string, Partial<ChatRequest>, boolean]>([
  ['gpt-4.1-mini', {}, true],
  ['gpt-4o-2024-11-20', {}, true],
  ['meta-llama/llama-3.3-70b', {}, true],
  ['deepseek-chat', {}, true],
  ['gpt-5-mini', {}, false],
  ['o3', {}, false],
  ['gpt-4o-search-preview', {}, false],
  ['gemini-2.5-pro', {}, false],
  ['grok-4', {}, false],
  ['what-nobody-knows', {}, false],
  ['gpt-4o', { modalities: ['text', 'audio'] }, false],
  ['gpt-4o', { prediction: { type: 'content' } }, false],
])('whether all output of %s %o is visible: %s', (id, fields, expected) => {
  expect(isOutputVisible(chat(fields), { provider: openai, model: { id } })).toBe(expected);
});

test.each<[string, string, object, boolean]>([
  ['openrouter', 'deepseek/deepseek-r1', {}, false],
  ['groq', 'deepseek-r1-distill-llama-70b', {}, true],
  ['groq', 'deepseek-r1-distill-llama-70b', { reasoning_format: 'hidden' }, false],
  ['groq', 'deepseek-r1-distill-llama-70b', { reasoning_format: null }, true],
  ['groq', 'deepseek-r1-distill-llama-70b', { reasoning_effort: 'low' }, false],
  ['groq', 'deepseek-r1-distill-llama-70b', { prompt_cache_key: 'x', user: 'y', seed: 1 }, true],
  ['together', 'deepseek-r1', { reasoning: { exclude: true } }, false],
  ['vllm', 'openai/gpt-oss-120b', { include_reasoning: false }, false],
  ['one', 'deepseek-r1', { a_field_of_tomorrow: 1 }, false],
])('thoughts may be hidden on demand, and by whoever hands on: %s %s %o', (name, id, fields, expected) => {
  const target = { provider: aProvider({ name }), model: { id } };
  const asked = chat({ ...(fields as Partial<ChatRequest>), stream: true, max_tokens: 32_768 });
  expect(isOutputVisible(asked, target)).toBe(expected);
  expect(attemptBound(sent(asked, target), options).sliceTokens).toBe(expected ? 4_096 : undefined);
});

test("a caller's own host is not believed to show all", () => {
  const provider = aProvider({ isOfConfig: true });
  expect(isOutputVisible(chat(), { provider, model: { id: 'gpt-4' } })).toBe(false);
});

test.each<[object, boolean]>([
  [{}, true],
  [{ reasoning_effort: 'none' }, true],
  [{ reasoning_effort: 'low' }, false],
  [{ thinking: { type: 'enabled', budget_tokens: 2_000 } }, false],
  [{ thinking: { type: 'disabled' } }, true],
])("Anthropic's models think where they are asked to: %o", (fields, expected) => {
  const target = { provider: anthropic, model: { id: 'claude-sonnet-4-6' } };
  expect(isOutputVisible(chat(fields as Partial<ChatRequest>), target)).toBe(expected);
});

test.each<[string, object, boolean]>([
  ['claude-opus-4-8', {}, true],
  ['claude-opus-5', {}, false],
  ['claude-sonnet-5', { reasoning_effort: 'none' }, true],
  ['claude-opus-5', { thinking: { type: 'disabled' } }, true],
  ['claude-opus-5-5', {}, false],
  ['claude-opus-5-5', { reasoning_effort: 'none' }, false],
  ['claude-sonnet-5-5', { reasoning_effort: 'none' }, false],
  ['claude-fable-5-1', {}, false],
  ['claude-mythos-preview', { reasoning_effort: 'none' }, false],
])(
  'from Claude 5 on they think unless they are asked not to, and some whatever they are asked: %s %o',
  (id, fields, expected) => {
    const target = { provider: anthropic, model: { id } };
    const asked = chat({ ...(fields as Partial<ChatRequest>), stream: true, max_tokens: 32_768 });
    expect(isOutputVisible(asked, target)).toBe(expected);
    expect(attemptBound(sent(asked, target), options).sliceTokens).toBe(expected ? 4_096 : undefined);
  },
);

test("one's own hosts show all", () => {
  for (const provider of [aProvider({ name: 'vllm' }), aProvider({ dialect: 'ollama' })]) {
    expect(isOutputVisible(chat(), { provider, model: { id: 'qwen3' } })).toBe(true);
  }
});
