import { readFileSync } from 'node:fs';
import type { PriceList } from '@weir/contracts/cost/price-list';

/** The prices that come with the gateway, made by `scripts/write-seed.ts`; a test holds the file to its schema. */
export function readSeedPrices(): PriceList {
  return JSON.parse(readFileSync(new URL('../data/prices.json', import.meta.url), 'utf8')) as PriceList;
}
