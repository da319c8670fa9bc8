import { expect, test } from 'vitest';
import { aUsage } from '../test/a-usage.ts';
import { inputTokensOf, outputTokensOf, totalTokensOf } from './usage-tokens.ts';

test('each token is counted once, whatever its kind; reasoning is a part of the output', () => {
  const usage = aUsage({
    uncachedInputTokens: 1,
    cacheReadTokens: 10,
    cacheWrite5mTokens: 100,
    cacheWrite1hTokens: 1_000,
    audioInputTokens: 10_000,
    imageInputTokens: 100_000,
    outputTokens: 1_000_000,
    reasoningTokens: 500_000,
    audioOutputTokens: 10_000_000,
  });
  expect(inputTokensOf(usage)).toBe(111_111);
  expect(outputTokensOf(usage)).toBe(11_000_000);
  expect(totalTokensOf(usage)).toBe(11_111_111);
});
