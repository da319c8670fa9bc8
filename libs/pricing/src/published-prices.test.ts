import { describe, expect, test } from 'vitest';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { aUsage } from '../test/a-usage.ts';
import { calculateCost } from './calculate-cost.ts';
import { toNanoUsd } from './money.ts';
import { PriceBook } from './price-book.ts';

const book = new PriceBook();
const summer = '2026-09-01T12:00:00Z';

function costOf(
  provider: string,
  model: string,
  used: Partial<UsageRecord>,
  at = summer,
): number | undefined {
  const price = book.find(
    { name: provider, baseUrl: 'http://test', isOwnHost: false },
    model,
    Date.parse(at),
  );
  return price && calculateCost(price, aUsage(used));
}

type Example = [provider: string, model: string, used: Partial<UsageRecord>, usd: string];

/** The pages' own prices, multiplied by hand: dollars for a million tokens times tokens. */
test.each<Example>([
  // OpenAI, gpt-5-mini: 0.25 in, 0.025 cached, 2 out.
  ['openai', 'gpt-5-mini', { uncachedInputTokens: 1_000, outputTokens: 500 }, '0.00125'],
  [
    'openai',
    'gpt-5-mini',
    { uncachedInputTokens: 800, cacheReadTokens: 1_200, outputTokens: 300 },
    '0.00083',
  ],
  ['openai', 'gpt-5-mini-2025-08-07', { uncachedInputTokens: 1, outputTokens: 1 }, '0.00000225'],
  // gpt-4o: 2.50, 1.25, 10; its first snapshot 5 and 15; o3: 2, 0.50, 8, of which reasoning is a part.
  ['openai', 'gpt-4o', { uncachedInputTokens: 1_000, cacheReadTokens: 1_000, outputTokens: 100 }, '0.00475'],
  ['openai', 'gpt-4o-2024-05-13', { uncachedInputTokens: 1_000, outputTokens: 100 }, '0.0065'],
  ['openai', 'o3', { uncachedInputTokens: 10_000, outputTokens: 5_000, reasoningTokens: 4_000 }, '0.06'],
  // Audio: 40 in and 80 out, beside 2.50 and 10 for text.
  ['openai', 'gpt-4o-audio-preview', { uncachedInputTokens: 100, outputTokens: 50 }, '0.00075'],
  // gpt-5.6-sol since August: 4 in, 5 written, 0.40 read, 20 out; from 272,000 tokens on 8, 10, 0.80 and 30.
  ['openai', 'gpt-5.6-sol', { uncachedInputTokens: 271_999, outputTokens: 1_000 }, '1.107996'],
  ['openai', 'gpt-5.6-sol', { uncachedInputTokens: 272_000, outputTokens: 1_000 }, '2.206'],
  // Anthropic, claude-sonnet-4-6: 3 in, 15 out, writes 3.75 and 6, reads 0.30, searches 10 a thousand.
  ['anthropic', 'claude-sonnet-4-6', { uncachedInputTokens: 2_000, outputTokens: 1_000 }, '0.021'],
  [
    'anthropic',
    'claude-sonnet-4-6',
    {
      uncachedInputTokens: 100,
      cacheWrite5mTokens: 10_000,
      cacheWrite1hTokens: 5_000,
      cacheReadTokens: 50_000,
      outputTokens: 400,
      webSearchRequests: 3,
    },
    '0.1188',
  ],
  ['anthropic', 'claude-opus-4-8', { uncachedInputTokens: 500_000, outputTokens: 1_000 }, '2.525'],
  ['anthropic', 'claude-haiku-4-5-20251001', { uncachedInputTokens: 1_000, outputTokens: 1_000 }, '0.006'],
  // Gemini 2.5 Pro: 1.25 and 10 up to 200,000 tokens, 2.50 and 15 above, cached tokens counted in.
  ['gemini', 'gemini-2.5-pro', { uncachedInputTokens: 200_000, outputTokens: 1_000 }, '0.26'],
  ['gemini', 'gemini-2.5-pro', { uncachedInputTokens: 200_001, outputTokens: 1_000 }, '0.5150025'],
  ['gemini', 'gemini-2.5-pro', { uncachedInputTokens: 1, cacheReadTokens: 200_000 }, '0.0500025'],
  // Gemini 2.5 Flash: 0.30 for text, 1.00 for audio, 2.50 out.
  [
    'gemini',
    'gemini-2.5-flash',
    { uncachedInputTokens: 1_000, audioInputTokens: 1_000, outputTokens: 100 },
    '0.00155',
  ],
  // Groq, Mistral.
  ['groq', 'llama-3.3-70b-versatile', { uncachedInputTokens: 1_000, outputTokens: 1_000 }, '0.00138'],
  ['mistral', 'mistral-medium-latest', { uncachedInputTokens: 1_000, outputTokens: 1_000 }, '0.009'],
  ['xai', 'grok-3', { uncachedInputTokens: 1_000, outputTokens: 1_000 }, '0.018'],
])('%s %s: %j costs $%s', (provider, model, used, usd) => {
  expect(costOf(provider, model, used)).toBe(toNanoUsd(usd));
});

describe('a price that changes is the one of the moment at which the attempt began', () => {
  const million = { uncachedInputTokens: 1_000_000 };

  test.each([
    // o3 fell five-fold in a day.
    ['openai', 'o3', '2025-06-09T23:59:59.999Z', '10'],
    ['openai', 'o3', '2025-06-10T00:00:00Z', '2'],
    // DeepSeek is dearer from 00:30 to 16:30 UTC.
    ['deepseek', 'deepseek-chat', '2026-06-01T00:29:59.999Z', '0.135'],
    ['deepseek', 'deepseek-chat', '2026-06-01T00:30:00Z', '0.27'],
    ['deepseek', 'deepseek-chat', '2026-06-01T16:29:59.999Z', '0.27'],
    ['deepseek', 'deepseek-chat', '2026-06-01T16:30:00Z', '0.135'],
    // Twice the price at two times of the day.
    ['deepseek', 'deepseek-v4-pro', '2026-09-01T00:59:59Z', '0.66'],
    ['deepseek', 'deepseek-v4-pro', '2026-09-01T01:00:00Z', '1.32'],
    ['deepseek', 'deepseek-v4-pro', '2026-09-01T05:00:00Z', '0.66'],
    ['deepseek', 'deepseek-v4-pro', '2026-09-01T09:59:59Z', '1.32'],
  ])('%s %s at %s: $%s', (provider, model, at, usd) => {
    expect(costOf(provider, model, million, at)).toBe(toNanoUsd(usd));
  });
});
