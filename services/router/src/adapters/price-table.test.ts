import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import type { Provider } from '../domain/provider.ts';
import { PriceTable } from './price-table.ts';

const provider = (name: string, baseUrl: string, more: Partial<Provider> = {}) =>
  aProvider({ name, baseUrl, ...more });
const openai = provider('openai', 'https://api.openai.com/v1');
const anthropic = provider('anthropic', 'https://api.anthropic.com', { dialect: 'anthropic' });
const table = new PriceTable({ nowMs: () => Date.parse('2026-09-01T00:00:00Z') });
const gpt4o = { inputNanoUsd: 2_500, outputNanoUsd: 10_000 };

test.each([
  [openai, 'gpt-4o', gpt4o],
  [openai, 'gpt-4o-2024-08-06', gpt4o],
  [openai, 'gpt-4o-2024-05-13', { inputNanoUsd: 5_000, outputNanoUsd: 15_000 }],
  [openai, 'gpt-4o-mini', { inputNanoUsd: 150, outputNanoUsd: 600 }],
  [anthropic, 'claude-haiku-4-5', { inputNanoUsd: 1_000, outputNanoUsd: 5_000 }],
  [anthropic, 'claude-haiku-4-5-20251001', { inputNanoUsd: 1_000, outputNanoUsd: 5_000 }],
  [provider('lab', 'https://api.openai.com/v1'), 'gpt-4o', gpt4o],
  [provider('openai', 'https://proxy.example.com/v1'), 'gpt-4o', gpt4o],
  [provider('azure', 'https://acme.openai.azure.com/openai/v1'), 'gpt-4o', gpt4o],
  [provider('openrouter', 'https://openrouter.ai/api/v1'), 'openai/gpt-4o', gpt4o],
  [
    provider('gemini', 'https://generativelanguage.googleapis.com/v1beta/openai'),
    'gemini-2.5-pro',
    { inputNanoUsd: 1_250, outputNanoUsd: 10_000 },
  ],
])('$name has a price for %s', (host, id, price) => {
  expect(table.of(host, { id })).toEqual(price);
});

test.each([
  [openai, 'gpt-4o-of-next-year'],
  [openai, 'gpt-4o-mini-tuned-for-us'],
  [openai, 'openai/gpt-4o'],
  [openai, '__proto__'],
  [anthropic, 'claude-haiku-4-5-turbo'],
  [anthropic, 'claude-haiku-4-5-99991001'],
  [anthropic, 'gpt-4o'],
  [provider('my-openai', 'https://llm.example.com/v1'), 'gpt-4o'],
])('what only looks like a known model has no price, and is not free: %#', (host, id) => {
  expect(table.of(host, { id })).toBeUndefined();
});

test("a model on one's own host costs nothing", () => {
  const free = { inputNanoUsd: 0, outputNanoUsd: 0 };
  expect(
    table.of(provider('ollama', 'http://gpu-box:11434', { dialect: 'ollama' }), { id: 'llama3.2' }),
  ).toEqual(free);
  expect(table.of(provider('vllm', 'http://gpu-box:8000/v1'), { id: 'gpt-oss-120b' })).toEqual(free);
});

test("the operator's price goes before every other", () => {
  const price = { inputNanoUsd: 1, outputNanoUsd: 2 };
  expect(table.of(openai, { id: 'gpt-4o', price })).toBe(price);
  expect(table.of(provider('vllm', 'http://gpu-box:8000/v1'), { id: 'x', price })).toBe(price);
});
