import { expect, test } from 'vitest';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { aProvider } from '../../test/a-provider.ts';
import { AssistantPrefills } from './assistant-prefill.ts';
import type { Provider } from './provider.ts';

const chat: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Count' }] };

const formOf = (fields: Partial<Provider>, id = 'm', asked = chat) =>
  new AssistantPrefills().formOf({ provider: aProvider(fields), model: { id } }, asked);

test.each<[string, Partial<Provider>, string | undefined]>([
  ['Anthropic', { dialect: 'anthropic' }, 'trailing_message'],
  ['Mistral', { name: 'mistral' }, 'prefix'],
  ['DeepSeek, at its beta address', { name: 'deepseek', baseUrl: 'https://api.deepseek.com/beta' }, 'prefix'],
  ['DeepSeek, elsewhere', { name: 'deepseek', baseUrl: 'https://api.deepseek.com/v1' }, undefined],
  ['vLLM', { name: 'vllm' }, 'continue_final_message'],
  ['OpenRouter', { name: 'openrouter' }, 'trailing_message'],
  ['OpenAI', { name: 'openai' }, undefined],
  ['Ollama', { name: 'ollama', dialect: 'ollama' }, undefined],
  ['a host of which nothing is known', { name: 'constructor' }, undefined],
  ['a host that the operator describes', { name: 'mine', assistantPrefill: 'prefix' }, 'prefix'],
  ['a host that the operator knows better', { name: 'mistral', assistantPrefill: 'none' }, undefined],
])('%s has its own form, or none', (_name, fields, form) => {
  expect(formOf(fields)).toBe(form);
});

test.each([
  ['claude-3-5-haiku-20241022', 'trailing_message'],
  ['claude-sonnet-4-20250514', 'trailing_message'],
  ['claude-opus-4-5', 'trailing_message'],
  ['claude-opus-4-6', undefined],
  ['claude-sonnet-4-6', undefined],
  ['claude-opus-5', undefined],
])('Claude models took it until 4.6: %s', (id, form) => {
  expect(formOf({ dialect: 'anthropic' }, id)).toBe(form);
  expect(formOf({ name: 'openrouter' }, `anthropic/${id.replace(/-(\d)-(\d)$/, '-$1.$2')}`)).toBe(form);
});

test('Claude is not asked to think in the middle of its answer', () => {
  const thinking = { ...chat, reasoning_effort: 'high' as const };
  expect(formOf({ dialect: 'anthropic' }, 'claude-opus-4-5', thinking)).toBeUndefined();
});

test('a refusal is remembered of that model alone', () => {
  const prefills = new AssistantPrefills();
  const provider = aProvider({ name: 'mistral' });
  prefills.refuse({ provider, model: { id: 'a' } });
  expect(prefills.formOf({ provider, model: { id: 'a' } }, chat)).toBeUndefined();
  expect(prefills.formOf({ provider, model: { id: 'b' } }, chat)).toBe('prefix');
});
