import { nanoUsdSchema } from '@weir/contracts/cost/money';
import type { ModelPrice, TierPrice } from '@weir/contracts/cost/prices';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aUsage } from '../test/a-usage.ts';
import { calculateCost } from './calculate-cost.ts';
import { worstCaseNanoUsd } from './worst-case.ts';

const rate = fc.nat({ max: 100_000_000_000 });
const rates = fc.record(
  {
    input: rate,
    output: rate,
    cacheRead: rate,
    cacheWrite5m: rate,
    cacheWrite1h: rate,
    audioInput: rate,
    imageInput: rate,
    reasoning: rate,
    audioOutput: rate,
  },
  { requiredKeys: ['input', 'output'] },
);
const contextTiers = fc
  .uniqueArray(fc.nat({ max: 400 }), { maxLength: 3 })
  .chain((bounds) =>
    fc.tuple(
      ...bounds
        .sort((a, b) => a - b)
        .map((bound) => rates.map((each) => ({ inputTokensAbove: bound, rates: each }))),
    ),
  );
const tier: fc.Arbitrary<TierPrice> = fc.record({ rates, contextTiers });
const price: fc.Arbitrary<ModelPrice> = fc
  .record({
    tier,
    serviceTiers: fc.dictionary(fc.constantFrom('flex', 'priority'), tier),
    fee: fc.nat(1_000),
  })
  .map(({ tier, serviceTiers, fee }) => ({
    id: 'test',
    ...tier,
    serviceTiers,
    requestNanoUsd: fee,
    webSearchNanoUsd: fee * 2,
  }));
const some = fc.nat({ max: 100 });

test('no usage within the bound costs more than the worst case, whatever its kinds and whichever tier serves it', () => {
  const used = fc.record({
    uncachedInputTokens: some,
    cacheReadTokens: some,
    cacheWrite5mTokens: some,
    cacheWrite1hTokens: some,
    audioInputTokens: some,
    imageInputTokens: some,
    outputTokens: some,
    audioOutputTokens: some,
    webSearchRequests: fc.nat(3),
    serviceTier: fc.constantFrom('default', 'flex', 'priority'),
  });
  fc.assert(
    fc.property(price, used, fc.nat({ max: 50 }), (price, { serviceTier, ...used }, slack) => {
      const usage = aUsage({ ...used, reasoningTokens: used.outputTokens >> 1, serviceTier });
      const { webSearchRequests: toolCalls, outputTokens, audioOutputTokens, ...inputs } = used;
      const bound = {
        inputTokens: Object.values(inputs).reduce((sum, tokens) => sum + tokens, 0) + slack,
        outputTokens: outputTokens + audioOutputTokens,
        toolCalls,
      };
      const cost = calculateCost(price, usage);
      expect(worstCaseNanoUsd(price, bound)).toBeGreaterThanOrEqual(cost);
      if (serviceTier === 'default') {
        expect(worstCaseNanoUsd(price, { ...bound, serviceTier })).toBeGreaterThanOrEqual(cost);
      }
    }),
  );
});

test('a request that asks for the standard tier holds no more than that costs', () => {
  const rates = { input: 1_000_000, output: 2_000_000 };
  const price: ModelPrice = {
    id: 'test',
    rates,
    serviceTiers: { priority: { rates: { input: 2_000_000, output: 4_000_000 } } },
  };
  const bound = { inputTokens: 100, outputTokens: 10 };
  expect(worstCaseNanoUsd(price, { ...bound, serviceTier: 'default' })).toBe(120);
  expect(worstCaseNanoUsd(price, { ...bound, serviceTier: 'auto' })).toBe(240);
  expect(worstCaseNanoUsd(price, bound)).toBe(240);
});

test('the price of a longer context is no part of it where the input cannot be that long', () => {
  const cheap = { input: 1_000_000, output: 0 };
  const price: ModelPrice = {
    id: 'test',
    rates: cheap,
    contextTiers: [{ inputTokensAbove: 200, rates: { input: 9_000_000, output: 0 } }],
  };
  expect(worstCaseNanoUsd(price, { inputTokens: 200, outputTokens: 1 })).toBe(200);
  expect(worstCaseNanoUsd(price, { inputTokens: 201, outputTokens: 1 })).toBe(1_809);
});

test('no cost is more than what can be counted, whatever a request asks for and a provider claims', () => {
  const price = { id: 'p', rates: { input: 3_000_000_000, output: 15_000_000_000 } };
  const most = Number.MAX_SAFE_INTEGER;
  const usage = aUsage({ uncachedInputTokens: most, outputTokens: most });
  expect(nanoUsdSchema.safeParse(calculateCost(price, usage)).success).toBe(true);
  const worst = worstCaseNanoUsd(price, { inputTokens: most, outputTokens: 128 * most });
  expect(nanoUsdSchema.safeParse(worst).success).toBe(true);
});
