import type { Requirements } from './capabilities.ts';
import type { ModelPrice, Provider, ProviderModel } from './provider.ts';

/** What models cost, to choose among them by. Nobody is billed by it: the prices of bills are the cost service's. */
export interface Prices {
  /** Undefined where it is not known, which is not 0. */
  of(provider: Provider, model: ProviderModel): ModelPrice | undefined;
}

/** What an answer of that length would cost, in nano-USD: to compare targets by, since its input is an estimate. */
export function expectedCostNanoUsd(
  price: ModelPrice,
  { inputTokens }: Pick<Requirements, 'inputTokens'>,
  outputTokens: number,
): number {
  return price.inputNanoUsd * inputTokens + price.outputNanoUsd * outputTokens;
}

/** Of a price in dollars for a million tokens, as price lists have it. */
export function nanoUsdPerToken(usdPerMtok: number): number {
  return usdPerMtok * 1_000;
}
