import type { ModelPrice } from '@weir/contracts/cost/prices';
import { PriceBook } from '@weir/pricing/price-book';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { demoProviders } from '../providers/demo.ts';
import { createPrices, expectedCostNanoUsd } from './prices.ts';

const clock = { nowMs: () => Date.parse('2026-09-01T00:00:00Z') };
const prices = createPrices({ book: new PriceBook(), clock });

const priceOf = (input: number, output: number): ModelPrice => ({ id: 'test', rates: { input, output } });

test('a million tokens at $2.50 are $2.50', () => {
  const price = priceOf(2_500_000_000, 10_000_000_000);
  expect(expectedCostNanoUsd(price, { inputTokens: 1_000_000 }, 0)).toBe(2_500_000_000);
  expect(expectedCostNanoUsd(price, { inputTokens: 0 }, 1_000)).toBe(10_000_000);
});

test('a long input is compared by the price of its context tier, and a fee for each request counts', () => {
  const price: ModelPrice = {
    ...priceOf(1_000_000, 0),
    contextTiers: [{ inputTokensAbove: 100, rates: { input: 2_000_000, output: 0 } }],
    requestNanoUsd: 7,
  };
  expect(expectedCostNanoUsd(price, { inputTokens: 100 }, 0)).toBe(107);
  expect(expectedCostNanoUsd(price, { inputTokens: 101 }, 0)).toBe(209);
});

test('who is dearer in both is dearer, whatever is asked', () => {
  const amount = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(amount, amount, amount, amount, amount, (input, output, extra, inputTokens, outputTokens) => {
      const costAt = (more: number) =>
        expectedCostNanoUsd(priceOf(input + more, output + more), { inputTokens }, outputTokens);
      const difference = (extra * (inputTokens + outputTokens)) / 1_000_000;
      expect(costAt(extra) - costAt(0)).toBeCloseTo(difference, 2);
    }),
  );
});

test("the operator's own price goes before every other, and a model on one's own host costs nothing", () => {
  const ollama = aProvider({ name: 'gpu', dialect: 'ollama', baseUrl: 'http://gpu-box:11434' });
  const vllm = aProvider({ name: 'vllm', baseUrl: 'http://gpu-box:8000/v1' });
  const price = priceOf(1, 2);
  expect(prices.of(vllm, { id: 'x', price })).toBe(price);
  for (const host of [ollama, vllm]) {
    expect(prices.of(host, { id: 'gpt-oss-120b' })).toMatchObject({
      id: 'local',
      rates: { input: 0, output: 0 },
    });
  }
  expect(
    prices.of(aProvider({ name: 'my-openai', baseUrl: 'https://llm.example.com/v1' }), { id: 'gpt-4o' }),
  ).toBeUndefined();
});

test('the demo provider costs what the models that it imitates cost', () => {
  for (const provider of demoProviders('http://127.0.0.1:4010')) {
    for (const model of provider.models) {
      const id = provider.name === 'ollama' ? 'local' : `${provider.name}/${model.id}@`;
      expect(prices.of(provider, model)?.id).toContain(id);
    }
  }
});
