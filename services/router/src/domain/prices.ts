import type { ModelPrice } from '@weir/contracts/cost/prices';
import { ratesFor } from '@weir/pricing/calculate-cost';
import type { PriceBook, PricedProvider } from '@weir/pricing/price-book';
import type { Clock } from '@weir/service-kit/clock';
import type { Requirements } from './capabilities.ts';
import type { Provider, ProviderModel } from './provider.ts';

/** What models cost at this moment: to choose among them by, to hold money back by, and to charge. */
export interface Prices {
  /** Undefined where it is not known, which is not 0. */
  of(provider: Provider, model: ProviderModel): ModelPrice | undefined;
  /** Why it is not known, where a price is stored that cannot be read. */
  unreadable?(provider: Provider, model: ProviderModel): Error | undefined;
}

/** The price that the operator's file of providers has goes before those of the price book. */
export function createPrices({
  book,
  clock,
}: {
  readonly book: Pick<PriceBook, 'find' | 'unreadable'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}): Prices {
  const known = new WeakMap<Provider, PricedProvider>();
  const pricedProvider = (provider: Provider) => {
    let priced = known.get(provider);
    if (!priced) known.set(provider, (priced = toPricedProvider(provider)));
    return priced;
  };
  return {
    of: (provider, { id, price }) => price ?? book.find(pricedProvider(provider), id, clock.nowMs()),
    unreadable: (provider, { id, price }) =>
      price ? undefined : book.unreadable(pricedProvider(provider), id),
  };
}

function toPricedProvider(provider: Provider): PricedProvider {
  const { name, baseUrl } = provider;
  return { name, baseUrl, isOwnHost: isOwnHost(provider) };
}

/** Whether it is the operator's own, where a model of whatever name costs nothing. */
export function isOwnHost({ dialect, name }: Pick<Provider, 'dialect' | 'name'>): boolean {
  return dialect === 'ollama' || name === 'vllm';
}

/** What an answer of that length would cost, in nano-USD: to compare targets by, since its input is an estimate. */
export function expectedCostNanoUsd(
  price: ModelPrice,
  { inputTokens }: Pick<Requirements, 'inputTokens'>,
  outputTokens: number,
): number {
  const { input, output } = ratesFor(price, inputTokens);
  return (input * inputTokens + output * outputTokens) / 1_000_000 + (price.requestNanoUsd ?? 0);
}
