import type { exportPrices } from '@weir/contracts/admin/prices';
import type {
  ListedModel,
  ListedPrice,
  ListedRates,
  ListedTier,
  PriceList,
} from '@weir/contracts/cost/price-list';
import type { DatedPrice, TierPrice, TokenRates } from '@weir/contracts/cost/prices';
import type { PriceBook } from '@weir/pricing/price-book';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { catalogueOf, type CatalogueParts } from './price-catalogue.ts';

interface Parts extends CatalogueParts {
  readonly book: Pick<PriceBook, 'providers' | 'modelsOf' | 'hostOf'>;
}

/** All prices as one document: what is overridden is so in it, and what waits in quarantine is not. */
export function createExportPrices(parts: Parts): EndpointHandler<typeof exportPrices> {
  return () => {
    const providers: PriceList['providers'] = {};
    for (const { provider, model, listed, override } of catalogueOf(parts)) {
      const prices = [...(listed?.prices ?? []), ...(override?.prices ?? [])];
      if (prices.length === 0) continue;
      const models = (providers[provider] ??= { ...parts.book.hostOf(provider), models: {} }).models;
      models[model] = toListedModel(prices, listed?.aliases ?? []);
    }
    return { source: 'Weir', providers };
  };
}

function toListedModel(prices: readonly DatedPrice[], aliases: readonly string[]): ListedModel {
  return { ...(aliases.length > 0 && { aliases: [...aliases] }), prices: prices.map(toListedPrice) };
}

function toListedPrice({ price, fromMs, timeOfDay }: DatedPrice): ListedPrice {
  const { serviceTiers, requestNanoUsd, webSearchNanoUsd } = price;
  const tiers = Object.entries(serviceTiers ?? {}).map(([name, tier]) => [name, toListedTier(tier)]);
  return {
    ...toListedTier(price),
    ...(tiers.length > 0 && { tiers: Object.fromEntries(tiers) as ListedPrice['tiers'] }),
    ...(requestNanoUsd !== undefined && { request: toUsd(requestNanoUsd) }),
    ...(webSearchNanoUsd !== undefined && { webSearch: toUsd(webSearchNanoUsd) }),
    ...(fromMs !== undefined && { from: dateText(fromMs) }),
    ...(timeOfDay && { during: [timeText(timeOfDay.startMs), timeText(timeOfDay.endMs)] }),
  };
}

function toListedTier({ rates, contextTiers }: TierPrice): ListedTier {
  const above = contextTiers?.map((tier): [number, ListedRates] => [
    tier.inputTokensAbove,
    toListedRates(tier.rates),
  ]);
  return { ...toListedRates(rates), ...(above && { above }) };
}

function toListedRates(rates: TokenRates): ListedRates {
  const known = Object.entries(rates).filter(([, rate]) => rate !== undefined) as [string, number][];
  return Object.fromEntries(known.map(([kind, rate]) => [kind, toUsd(rate)])) as unknown as ListedRates;
}

/** The nearest double, of which the same whole number is made again. */
function toUsd(nano: number): number {
  return nano / 1_000_000_000;
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)}Z`;
}

/** A day where it is one, so that the same price has the same id where this is read. */
function dateText(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}
