import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectedCostNanoUsd, nanoUsdPerToken } from './prices.ts';

test('a million tokens at $2.50 are $2.50', () => {
  const price = { inputNanoUsd: nanoUsdPerToken(2.5), outputNanoUsd: nanoUsdPerToken(10) };
  expect(expectedCostNanoUsd(price, { inputTokens: 1_000_000 }, 0)).toBe(2_500_000_000);
  expect(expectedCostNanoUsd(price, { inputTokens: 0 }, 1_000)).toBe(10_000_000);
});

test('who is dearer in both is dearer, whatever is asked', () => {
  const amount = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(amount, amount, amount, amount, amount, (input, output, extra, inputTokens, outputTokens) => {
      const cheap = { inputNanoUsd: input, outputNanoUsd: output };
      const dear = { inputNanoUsd: input + extra, outputNanoUsd: output + extra };
      const costOf = (price: typeof cheap) => expectedCostNanoUsd(price, { inputTokens }, outputTokens);
      expect(costOf(dear) - costOf(cheap)).toBe(extra * (inputTokens + outputTokens));
    }),
  );
});
