import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { refusedByModel } from './model-limits.ts';

const sampling = ['temperature', 'top_p', 'top_k'];

function refused(model: string, params: Record<string, unknown> = {}, isThinking = false): string[] {
  const messages = [{ role: 'user', content: 'Hi' }];
  return refusedByModel(model, chatRequestSchema.parse({ model, messages, ...params }), isThinking);
}

test.each([
  'claude-opus-4-7',
  'claude-opus-5',
  'claude-haiku-5-5',
  'claude-fable-5-2',
  'us.anthropic.claude-opus-4-8-v1:0',
])('%s takes no sampling parameters', (model) => {
  expect(refused(model)).toEqual(sampling);
});

test.each([
  'claude-3-5-haiku-20241022',
  'claude-2.1',
  'claude-opus-4-20250514',
  'claude-haiku-4-5-20251001',
  'anthropic.claude-sonnet-4-5@20250929',
])('%s takes sampling parameters, but for while it thinks', (model) => {
  expect(refused(model, { temperature: 0.5 })).toEqual([]);
  expect(refused(model, { temperature: 0.5 }, true)).toEqual(sampling);
});

test('either temperature or top_p, where the model takes only one', () => {
  const both = { temperature: 0.7, top_p: 1 };
  expect(refused('claude-sonnet-4-6', both)).toEqual(['top_p']);
  expect(refused('claude-opus-4-1-20250805', both)).toContain('top_p');
  expect(refused('claude-3-opus-20240229', both)).not.toContain('top_p');
});

test.each(['MiniMax-M3', 'glm-5', 'my-claude', 'claude'])(
  '%s, of which nothing is known, takes all',
  (model) => {
    expect(refused(model, { temperature: 1, top_p: 1, reasoning_effort: 'none' }, true)).toEqual([]);
  },
);
