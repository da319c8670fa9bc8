import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { PriceBook, PricedProvider } from '@weir/pricing/price-book';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { Provider } from '../domain/provider.ts';

/** What an attempt costs that begins at a time. */
export interface AttemptPrices {
  /** Undefined where it has no price, which is not 0. */
  find(target: CatalogueEntry, atMs: number): ModelPrice | undefined;
}

/** Nano-USD a token to nano-USD a million tokens. */
const perMillion = 1_000_000;

/** The prices of the price book; what the operator says of a model in the providers file goes before them. */
export function createAttemptPrices(book: Pick<PriceBook, 'find'>): AttemptPrices {
  // The book keeps what it has found by the provider's object.
  const priced = new WeakMap<Provider, PricedProvider>();
  const pricedProvider = (provider: Provider) => {
    const known = priced.get(provider);
    if (known) return known;
    const { name, baseUrl } = provider;
    const made = { name, baseUrl, isOwnHost: isOwnHost(provider) };
    priced.set(provider, made);
    return made;
  };
  return {
    find({ provider, model }, atMs) {
      const { id, price } = model;
      if (!price) return book.find(pricedProvider(provider), id, atMs);
      const { inputNanoUsd, outputNanoUsd } = price;
      const rates = {
        input: Math.round(inputNanoUsd * perMillion),
        output: Math.round(outputNanoUsd * perMillion),
      };
      return { id: `${provider.name}/${id}@file`, rates };
    },
  };
}

export function isOwnHost({ dialect, name }: Provider): boolean {
  return dialect === 'ollama' || name === 'vllm';
}
