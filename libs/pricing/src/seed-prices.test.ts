import { readFileSync } from 'node:fs';
import { modelPriceSchema } from '@weir/contracts/cost/prices';
import { expect, test } from 'vitest';
import { makeSeedText } from '../scripts/seed-text.ts';
import { compilePrices } from './compile-price.ts';
import { priceListSchema } from '@weir/contracts/cost/price-list';
import { readSeedPrices } from './seed-prices.ts';

test('the prices that are committed are those of the pinned package, with our overlays', async () => {
  const committed = readFileSync(new URL('../data/prices.json', import.meta.url), 'utf8');
  const isMade = committed === (await makeSeedText());
  expect(isMade, 'if not, run: node libs/pricing/scripts/write-seed.ts').toBe(true);
});

test('every price that comes with the gateway is a valid one, with an id of its own', () => {
  const { providers } = priceListSchema.parse(readSeedPrices());
  const priceById = new Map<string, string>();
  for (const [name, { models }] of Object.entries(providers)) {
    for (const [model, listed] of Object.entries(models)) {
      for (const { price } of compilePrices(`${name}/${model}`, listed)) {
        const text = JSON.stringify(modelPriceSchema.parse(price));
        expect(priceById.get(price.id) ?? text).toBe(text);
        priceById.set(price.id, text);
      }
    }
  }
  expect(priceById.size).toBeGreaterThan(1_000);
});
