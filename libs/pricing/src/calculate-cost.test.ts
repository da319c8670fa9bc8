import type { ModelPrice } from '@weir/contracts/cost/prices';
import { describe, expect, test } from 'vitest';
import { aUsage } from '../test/a-usage.ts';
import { calculateCost, chargedPriceId } from './calculate-cost.ts';

/** A different digit for each kind of token, at a million tokens to the dollar. */
const usd = 1_000_000_000;
const rates = {
  input: 1 * usd,
  output: 10 * usd,
  cacheRead: 0.1 * usd,
  cacheWrite5m: 1.25 * usd,
  cacheWrite1h: 2 * usd,
  audioInput: 40 * usd,
  imageInput: 5 * usd,
  reasoning: 12 * usd,
  audioOutput: 80 * usd,
};
const price: ModelPrice = { id: 'test', rates };
const textOnly: ModelPrice = { id: 'text', rates: { input: 1 * usd, output: 10 * usd } };
const million = 1_000_000;

describe('what others got wrong', () => {
  test('cache writes are billed once: neither as input too, nor in both lifetimes', () => {
    expect(calculateCost(price, aUsage({ cacheWrite5mTokens: million }))).toBe(1.25 * usd);
    expect(calculateCost(price, aUsage({ cacheWrite1hTokens: million }))).toBe(2 * usd);
  });

  test('reasoning is a part of the output, and counted once', () => {
    const usage = aUsage({ outputTokens: million, reasoningTokens: million / 2 });
    expect(calculateCost(textOnly, usage)).toBe(10 * usd);
    expect(calculateCost(price, usage)).toBe(11 * usd);
  });

  test('the flex tier is not charged at the standard price, and the tier that served beats the one asked for', () => {
    const tiered: ModelPrice = {
      ...textOnly,
      serviceTiers: { flex: { rates: { input: 0.5 * usd, output: 5 * usd } } },
    };
    const usage = aUsage({ uncachedInputTokens: million });
    const costs = [
      [{ ...usage, serviceTier: 'flex' }, undefined, 0.5, 'text+flex'],
      [usage, 'flex', 0.5, 'text+flex'],
      [{ ...usage, serviceTier: 'default' }, 'flex', 1, 'text'],
      [{ ...usage, serviceTier: 'flex' }, 'default', 0.5, 'text+flex'],
      [{ ...usage, serviceTier: '__proto__' }, undefined, 1, 'text'],
    ] as const;
    for (const [used, asked, dollars, id] of costs) {
      expect(calculateCost(tiered, used, asked)).toBe(dollars * usd);
      expect(chargedPriceId(tiered, used, asked)).toBe(id);
    }
  });

  test('audio and images are charged beside what was cached, and not again as input', () => {
    const usage = aUsage({ cacheReadTokens: million, audioInputTokens: million, imageInputTokens: million });
    expect(calculateCost(price, usage)).toBe(45.1 * usd);
  });

  test('the fee of a web search is not dropped', () => {
    const searching = { ...textOnly, webSearchNanoUsd: 10_000_000 };
    expect(calculateCost(searching, aUsage({ webSearchRequests: 3 }))).toBe(30_000_000);
  });

  test('an explicit zero is a price, and not a missing one', () => {
    const free: ModelPrice = { id: 'free', rates: { ...rates, cacheRead: 0, reasoning: 0 } };
    expect(calculateCost(free, aUsage({ cacheReadTokens: million }))).toBe(0);
    expect(calculateCost(free, aUsage({ outputTokens: million, reasoningTokens: million }))).toBe(0);
  });
});

test('a kind of token without a price of its own costs what it is a kind of', () => {
  const each = (kind: string) => calculateCost(textOnly, aUsage({ [kind]: million }));
  const inputs = [
    'cacheReadTokens',
    'cacheWrite5mTokens',
    'cacheWrite1hTokens',
    'audioInputTokens',
    'imageInputTokens',
  ];
  expect(inputs.map(each)).toEqual(inputs.map(() => 1 * usd));
  expect(each('audioOutputTokens')).toBe(10 * usd);
  const written: ModelPrice = { id: 'x', rates: { ...textOnly.rates, cacheWrite5m: 2 * usd } };
  expect(calculateCost(written, aUsage({ cacheWrite1hTokens: million }))).toBe(2 * usd);
});

test('the context tier is chosen by all of the input, by a bound that is not in the tier', () => {
  const tiered: ModelPrice = {
    ...textOnly,
    contextTiers: [
      { inputTokensAbove: 100, rates: { input: 2 * usd, output: 0 } },
      { inputTokensAbove: 200, rates: { input: 3 * usd, output: 0 } },
    ],
  };
  const at = (uncachedInputTokens: number, cacheReadTokens = 0) =>
    calculateCost(tiered, aUsage({ uncachedInputTokens, cacheReadTokens }));
  expect([at(100), at(101), at(200), at(201)]).toEqual([100_000, 202_000, 400_000, 603_000]);
  expect(at(1, 100)).toBe(202_000);
});

test('a cost is rounded once, upwards: no usage of a model with a price is free, and none is charged a nano-dollar more', () => {
  const cheap: ModelPrice = { id: 'cheap', rates: { input: 1, output: 1 } };
  const usage = aUsage({ uncachedInputTokens: 1, outputTokens: 1, cacheReadTokens: 1 });
  expect(calculateCost(cheap, usage)).toBe(1);
  expect(calculateCost(cheap, aUsage({ uncachedInputTokens: million }))).toBe(1);
  expect(calculateCost(cheap, aUsage({ uncachedInputTokens: million, outputTokens: 1 }))).toBe(2);
  expect(calculateCost(cheap, aUsage({}))).toBe(0);
});

test('amounts beyond the precision of a double are exact', () => {
  const dear: ModelPrice = { id: 'dear', rates: { input: 600_000_000_001, output: 0 } };
  expect(calculateCost(dear, aUsage({ uncachedInputTokens: 9_999_999 }))).toBe(5_999_999_400_010);
});
