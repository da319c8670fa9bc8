import { expect, test } from 'vitest';
import { outputCap } from './output-cap.ts';

const messages = [{ role: 'user' as const, content: 'Hi' }];
const cap = (asked: number | null, output: { defaultTokens: number; maxTokens?: number }) =>
  outputCap({ model: 'm', messages, max_tokens: asked }, output);

test('what a caller asked for is lowered only to what the model gives, and it is told', () => {
  const output = { defaultTokens: 100, maxTokens: 1_000 };
  expect(cap(1_000, output)).toEqual({ tokens: 1_000, warnings: [] });
  expect(cap(2_000, output)).toEqual({
    tokens: 1_000,
    warnings: ['max_tokens was lowered to 1000, the most that the model gives'],
  });
  expect(cap(2_000, { defaultTokens: 100 })).toEqual({ tokens: 2_000, warnings: [] });
});

test('a caller that asked for nothing is never told that something was lowered', () => {
  expect(cap(null, { defaultTokens: 2_000, maxTokens: 1_000 })).toEqual({ tokens: 1_000, warnings: [] });
});

test('a caller is told of a cap that it did not ask for and that may cut its answer', () => {
  expect(cap(null, { defaultTokens: 4_096 })).toEqual({
    tokens: 4_096,
    warnings: ['max_tokens was set to 4096'],
  });
});
