import { createHash } from 'node:crypto';
import type { DatedPrice, ModelPrice, TierPrice, TokenRates } from '@weir/contracts/cost/prices';
import type { ListedModel, ListedPrice, ListedTier } from '@weir/contracts/cost/price-list';

type PriceWithoutId = Omit<ModelPrice, 'id'>;

/** A listed model's prices with exact integers, each with its id. */
export function compilePrices(name: string, { prices }: ListedModel): DatedPrice[] {
  return prices.map((listed) => {
    const { from, during } = listed;
    const date = from === undefined ? '' : `${from}.`;
    return {
      price: withId(`${name}@${date}`, compilePrice(listed)),
      ...(from !== undefined && { fromMs: Date.parse(from) }),
      ...(during && { timeOfDay: { startMs: timeOfDayMs(during[0]), endMs: timeOfDayMs(during[1]) } }),
    };
  });
}

export function compilePrice(listed: ListedPrice): PriceWithoutId {
  const { tiers, request, webSearch } = listed;
  const serviceTiers = Object.entries(tiers ?? {}).map(([name, tier]) => [
    name,
    typeof tier === 'number' ? scaleTier(compileTier(listed), tier) : compileTier(tier),
  ]);
  return {
    ...compileTier(listed),
    ...(serviceTiers.length > 0 && {
      serviceTiers: Object.fromEntries(serviceTiers) as Record<string, TierPrice>,
    }),
    ...(request !== undefined && { requestNanoUsd: toNano(request) }),
    ...(webSearch !== undefined && { webSearchNanoUsd: toNano(webSearch) }),
  };
}

/** The id of the same price is the same, in every process and after every restart, whatever list it comes from. */
export function withId(prefix: string, price: PriceWithoutId): ModelPrice {
  const hash = createHash('sha256').update(JSON.stringify(price)).digest('hex');
  return { id: `${prefix}${hash.slice(0, 8)}`, ...price };
}

function compileTier({ above, ...listed }: ListedTier): TierPrice {
  const contextTiers = above?.map(([inputTokensAbove, rates]) => ({
    inputTokensAbove,
    rates: compileRates(rates),
  }));
  return { rates: compileRates(listed), ...(contextTiers && { contextTiers }) };
}

/** In this order, so that equal rates have equal ids. */
const kinds = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'imageInput',
  'reasoning',
  'audioOutput',
] as const satisfies readonly (keyof TokenRates)[];

function compileRates(listed: TokenRates): TokenRates {
  return mapRates(listed, toNano);
}

function scaleTier({ rates, contextTiers }: TierPrice, factor: number): TierPrice {
  const scale = (each: TokenRates) => mapRates(each, (rate) => Math.round(rate * factor));
  return {
    rates: scale(rates),
    ...(contextTiers && {
      contextTiers: contextTiers.map((tier) => ({ ...tier, rates: scale(tier.rates) })),
    }),
  };
}

function mapRates(rates: TokenRates, map: (rate: number) => number): TokenRates {
  const mapped = kinds.flatMap((kind) => {
    const rate = rates[kind];
    return rate === undefined ? [] : [[kind, map(rate)] as const];
  });
  return Object.fromEntries(mapped) as TokenRates;
}

/** Exact for what has at most nine decimals, as all published prices have that are not quotients. */
function toNano(usd: number): number {
  return Math.round(usd * 1_000_000_000);
}

function timeOfDayMs(text: string): number {
  return Date.parse(`1970-01-01T${text}`);
}
