import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import type { ProviderModel } from './provider.ts';
import { toWireTarget } from './wire-target.ts';

const provider = aProvider({ unsupportedParams: ['seed'] });
const chatOf = (content: string): ChatRequest => ({ model: 'm', messages: [{ role: 'user', content }] });
const output = (content: string, limits: Omit<ProviderModel, 'id'>, ownCapTokens?: number) =>
  toWireTarget({ provider, model: { id: 'm', ...limits } }, chatOf(content), {
    defaultOutputTokens: 16_384,
    isCapRequired: true,
    ownCapTokens,
  }).output;

test.each<[string, Omit<ProviderModel, 'id'>, number]>([
  ['nothing is known', {}, 4_096],
  ['the model gives less than the setting', { maxOutputTokens: 8_192 }, 8_192],
  ['the model gives more than the setting', { maxOutputTokens: 128_000 }, 16_384],
])('a cap of our own is what the model can do, where %s', (_, limits, tokens) => {
  expect(output('Hi', limits)).toMatchObject({
    defaultTokens: tokens,
    maxTokens: limits.maxOutputTokens,
    isCapRequired: true,
  });
  expect(output('Hi', limits).roomTokens).toBeUndefined();
});

test.each([
  ['English', 'word '.repeat(4_000), 5_000],
  ['Vietnamese', 'Xin chào thế giới. '.repeat(600), 3_600],
])('a cap of our own leaves room for a prompt of %s beside it', (_, content, tokens) => {
  const room = output(content, { contextTokens: 8_192 }).roomTokens ?? Infinity;
  expect(room + tokens).toBeLessThanOrEqual(8_192);
  expect(room).toBeGreaterThan(1_000);
  expect(output(content, { contextTokens: 200_000 }).roomTokens).toBeUndefined();
});

test('where the prompt leaves no room, the cap is small, and the provider may say so', () => {
  expect(output('word '.repeat(40_000), { contextTokens: 8_192 }).roomTokens).toBe(256);
});

test('what a host has refused goes before every estimate', () => {
  expect(output('Hi', { contextTokens: 200_000 }, 99).roomTokens).toBe(99);
});
