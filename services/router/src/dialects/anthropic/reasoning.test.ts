import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { toReasoning } from './reasoning.ts';

function ask(model: string, params: Record<string, unknown>, capTokens = 10_000) {
  const messages = [{ role: 'user', content: 'Hi' }];
  const chat = chatRequestSchema.parse({ model, messages, ...params });
  const { warnings, ...asked } = toReasoning({
    chat,
    model,
    capTokens,
    lacksThoughts: false,
    isPrefilled: false,
  });
  return { ...asked, warned: warnings.length };
}

const adaptive = { type: 'adaptive', display: 'summarized' };

test.each([
  ['claude-opus-5-5', 'xhigh', 'xhigh'],
  ['claude-fable-5-1', 'max', 'max'],
  ['claude-sonnet-5', 'low', 'low'],
  ['us.anthropic.claude-opus-4-8-v1:0', 'xhigh', 'xhigh'],
  ['claude-opus-4-6', 'max', 'max'],
  ['MiniMax-M3', 'medium', 'medium'],
])('%s has the effort %s', (model, asked, effort) => {
  expect(ask(model, { reasoning_effort: asked })).toEqual({ effort, thinking: adaptive, warned: 0 });
});

test.each([
  ['claude-opus-4-6', 'xhigh', 'high'],
  ['claude-sonnet-4-6', 'xhigh', 'high'],
  ['claude-mythos-preview', 'xhigh', 'high'],
  ['claude-opus-4-7', 'minimal', 'low'],
])('%s has no effort %s: the nearest below is %s, with a warning', (model, asked, effort) => {
  expect(ask(model, { reasoning_effort: asked })).toEqual({ effort, thinking: adaptive, warned: 1 });
});

test('Opus 4.5 has an effort, up to high, and no adaptive thinking', () => {
  for (const model of ['claude-opus-4-5', 'claude-opus-4-5-20251101']) {
    expect(ask(model, { reasoning_effort: 'low' })).toEqual({ effort: 'low', warned: 0 });
    expect(ask(model, { reasoning_effort: 'max' })).toEqual({ effort: 'high', warned: 1 });
  }
});

test.each([
  ['claude-sonnet-4-5', 'low', 2_000],
  ['claude-haiku-4-5-20251001', 'high', 8_000],
  ['claude-3-7-sonnet-20250219', 'minimal', 1_024],
])('for %s, which thinks up to a budget, the effort %s is one', (model, asked, budget) => {
  const thinking = { type: 'enabled', budget_tokens: budget };
  expect(ask(model, { reasoning_effort: asked })).toEqual({ thinking, warned: 1 });
});

test('a budget leaves room for the answer, and there is none where the cap has no room', () => {
  const max = { reasoning_effort: 'max' };
  expect(ask('claude-haiku-4-5', max, 200_000).thinking).toMatchObject({ budget_tokens: 32_000 });
  expect(ask('claude-haiku-4-5', max, 1_025).thinking).toMatchObject({ budget_tokens: 1_024 });
  expect(ask('claude-haiku-4-5', max, 1_024)).toEqual({ warned: 1 });
});

test.each([
  ['claude-3-5-haiku-20241022', 'low'],
  ['claude-opus-4-6', 'extreme'],
  ['claude-haiku-4-5', 'extreme'],
  ['MiniMax-M3', 'constructor'],
])('%s: the effort %s is left out with a warning', (model, asked) => {
  expect(ask(model, { reasoning_effort: asked })).toEqual({ warned: 1 });
});

test.each([
  ['claude-opus-4-6', { thinking: { type: 'disabled' }, warned: 0 }],
  ['claude-haiku-5-5', { thinking: { type: 'disabled' }, warned: 0 }],
  ['claude-sonnet-5-5', { thinking: { type: 'between_tools' }, warned: 0 }],
  ['claude-haiku-4-5', { warned: 0 }],
  ['claude-opus-4-5', { warned: 0 }],
  ['claude-opus-5-5', { effort: 'low', warned: 1 }],
  ['claude-mythos-5', { effort: 'low', warned: 1 }],
  ['MiniMax-M3', { thinking: { type: 'disabled' }, warned: 0 }],
])('%s is kept from thinking as far as it can be', (model, expected) => {
  expect(ask(model, { reasoning_effort: 'none' })).toEqual(expected);
});

test('a forced tool call goes before thinking, which Anthropic refuses beside it', () => {
  const forced = { tools: [{ type: 'function', function: { name: 'f' } }], reasoning_effort: 'high' };
  for (const choice of ['required', 'any', { type: 'function', function: { name: 'f' } }]) {
    const request = { ...forced, tool_choice: choice };
    expect(ask('claude-sonnet-4-6', request)).toEqual({ effort: 'high', warned: 1 });
    expect(ask('claude-sonnet-4-5', request)).toEqual({ warned: 1 });
  }
});

test("the caller's own thinking passes as it is, beside an effort that the model has", () => {
  const thinking = { type: 'enabled', budget_tokens: 3_000 };
  const both = { thinking, reasoning_effort: 'low' };
  expect(ask('claude-opus-4-5', both)).toEqual({ thinking, effort: 'low', warned: 0 });
  expect(ask('claude-sonnet-4-5', both)).toEqual({ thinking, warned: 1 });
  expect(ask('claude-sonnet-4-5', { thinking })).toEqual({ thinking, warned: 0 });
});
