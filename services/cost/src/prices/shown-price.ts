import type { ShownPrice, writePrice } from '@weir/contracts/admin/prices';
import type { DatedPrice, ModelPrice, TierPrice, TokenRates } from '@weir/contracts/cost/prices';
import type { RequestOf } from '@weir/contracts/descriptors';
import { withId } from '@weir/pricing/compile-price';
import { formatUsd, toNanoUsd } from '@weir/pricing/money';

type SetPrice = RequestOf<typeof writePrice>;
type ShownRates = Pick<SetPrice, (typeof names)[number][1]>;

/** The kinds of tokens, as prices have them and as the admin API calls them. In this order an override's id is made of them. */
const names = [
  ['input', 'input'],
  ['output', 'output'],
  ['cacheRead', 'cache_read'],
  ['cacheWrite5m', 'cache_write_5m'],
  ['cacheWrite1h', 'cache_write_1h'],
  ['audioInput', 'audio_input'],
  ['imageInput', 'image_input'],
  ['reasoning', 'reasoning'],
  ['audioOutput', 'audio_output'],
] as const satisfies readonly (readonly [keyof TokenRates, keyof SetPrice])[];

/** What an admin has set, as a price: nano-USD for a million tokens is what dollars with nine decimals are. */
export function toOverride(set: SetPrice): ModelPrice {
  const { provider, model, service_tiers, per_request, per_web_search } = set;
  const tiers = Object.entries(service_tiers ?? {}).map(([name, tier]) => [name, toTierPrice(tier)]);
  return withId(`${provider}/${model}@override-`, {
    ...toTierPrice(set),
    ...(tiers.length > 0 && { serviceTiers: Object.fromEntries(tiers) as Record<string, TierPrice> }),
    ...(per_request !== undefined && { requestNanoUsd: toNanoUsd(per_request) }),
    ...(per_web_search !== undefined && { webSearchNanoUsd: toNanoUsd(per_web_search) }),
  });
}

type SetTier = ShownRates & Pick<SetPrice, 'context_tiers'>;

function toTierPrice({ context_tiers, ...shown }: SetTier): TierPrice {
  const contextTiers = context_tiers?.map(({ above_input_tokens, ...each }) => ({
    inputTokensAbove: above_input_tokens,
    rates: toRates(each),
  }));
  return { rates: toRates(shown), ...(contextTiers && { contextTiers }) };
}

function toRates(shown: ShownRates): TokenRates {
  const rates = names.flatMap(([kind, name]) => {
    const usd = shown[name];
    return usd === undefined ? [] : [[kind, toNanoUsd(usd)] as const];
  });
  return Object.fromEntries(rates) as TokenRates;
}

export function toShownPrice({ price, fromMs, timeOfDay }: DatedPrice): ShownPrice {
  const { id, serviceTiers, requestNanoUsd, webSearchNanoUsd } = price;
  const tiers = Object.entries(serviceTiers ?? {}).map(([name, tier]) => [name, toShownTier(tier)]);
  return {
    price_id: id,
    effective_from: fromMs === undefined ? null : new Date(fromMs).toISOString(),
    ...(timeOfDay && { daily: `${timeText(timeOfDay.startMs)}-${timeText(timeOfDay.endMs)} UTC` }),
    ...toShownTier(price),
    ...(tiers.length > 0 && { service_tiers: Object.fromEntries(tiers) as ShownPrice['service_tiers'] }),
    ...(requestNanoUsd !== undefined && { per_request: formatUsd(requestNanoUsd) }),
    ...(webSearchNanoUsd !== undefined && { per_web_search: formatUsd(webSearchNanoUsd) }),
  };
}

function toShownTier({ rates, contextTiers }: TierPrice): SetTier {
  const context_tiers = contextTiers?.map((tier) => ({
    above_input_tokens: tier.inputTokensAbove,
    ...toShownRates(tier.rates),
  }));
  return { ...toShownRates(rates), ...(context_tiers && { context_tiers }) };
}

function toShownRates(rates: TokenRates): ShownRates {
  const shown = names.flatMap(([kind, name]) => {
    const rate = rates[kind];
    return rate === undefined ? [] : [[name, formatUsd(rate)] as const];
  });
  return Object.fromEntries(shown) as ShownRates;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
