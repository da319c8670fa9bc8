import { z } from 'zod';
import type {
  ListedModel,
  ListedPrice,
  ListedProvider,
  ListedRates,
  PriceList,
} from '@weir/contracts/cost/price-list';

/** The data of `@pydantic/genai-prices`, as its package has it and as its repository publishes it: what is read of it. */
const priceSchema = z.union([
  z.number().nonnegative(),
  z.object({
    base: z.number().nonnegative(),
    tiers: z.array(z.object({ start: z.int().nonnegative(), price: z.number().nonnegative() })),
  }),
]);

const pricesSchema = z.record(z.string(), z.unknown());

const constraintSchema = z.union([
  z.object({ start_date: z.iso.date() }),
  z.object({ start_time: z.string(), end_time: z.string() }),
]);

const modelSchema = z.object({
  id: z.string(),
  match: z.unknown(),
  prices: z.union([
    z.array(z.object({ constraint: constraintSchema.nullish(), prices: pricesSchema })),
    pricesSchema,
  ]),
});

const providerSchema = z.object({
  id: z.string(),
  api_pattern: z.string(),
  fallback_model_providers: z.array(z.string()).nullish(),
  models: z.array(modelSchema),
});

export const genaiPricesSchema = z.array(providerSchema);

type GenaiProvider = z.output<typeof providerSchema>;
type GenaiModel = z.output<typeof modelSchema>;

/** What the gateway calls providers that the data knows by another name. */
const ourNames: Readonly<Record<string, string>> = { google: 'gemini', 'x-ai': 'xai' };

/**
 * As our list. Names are those that are exactly a model's: its id, and what its rules say is equal. What merely begins like a
 * known model may cost ten times as much. What is not billed by text tokens, in and out, is left out.
 */
export function fromGenaiPrices(providers: readonly GenaiProvider[], source: string): PriceList {
  return {
    source,
    providers: Object.fromEntries(providers.map((each) => [ourName(each.id), toProvider(each)])),
  };
}

const ourName = (id: string) => ourNames[id] ?? id;

function toProvider({ api_pattern, fallback_model_providers, models }: GenaiProvider): ListedProvider {
  const listed = models.flatMap((model): [string, ListedModel][] => {
    const prices = toPrices(model);
    if (prices.length === 0) return [];
    const aliases = [...new Set(equalNames(model.match).filter((name) => name !== model.id))];
    return [[model.id, { ...(aliases.length > 0 && { aliases }), prices }]];
  });
  return {
    apiPattern: api_pattern,
    ...(fallback_model_providers?.length && { resells: fallback_model_providers.map(ourName) }),
    models: Object.fromEntries(listed),
  };
}

const eitherSchema = z.object({ or: z.array(z.unknown()) });
const equalSchema = z.object({ equals: z.string() });

function equalNames(match: unknown): string[] {
  const rules = eitherSchema.safeParse(match).data?.or ?? [match];
  return rules.flatMap((rule) => equalSchema.safeParse(rule).data?.equals ?? []);
}

function toPrices({ prices }: GenaiModel): ListedPrice[] {
  const dated = Array.isArray(prices) ? prices : [{ prices }];
  return dated.flatMap(({ prices: published, ...condition }) => {
    const price = toPrice(published);
    if (!price) return [];
    const constraint = 'constraint' in condition ? condition.constraint : undefined;
    if (!constraint) return [price];
    if ('start_date' in constraint) return [{ ...price, from: constraint.start_date }];
    return [{ ...price, during: [toUtc(constraint.start_time), toUtc(constraint.end_time)] }];
  });
}

/** `16:30:00Z` of a time of day with any offset. */
function toUtc(time: string): string {
  return `${new Date(`1970-01-02T${time}`).toISOString().slice(11, 19)}Z`;
}

function toPrice(published: z.output<typeof pricesSchema>): ListedPrice | undefined {
  const rates = toRates(published, -1);
  if (!rates) return undefined;
  const above = boundsOf(published).flatMap((start): [number, ListedRates][] => {
    const tier = toRates(published, start);
    return tier ? [[start, tier]] : [];
  });
  const request = rateOf(published, 'requests_kcount', -1);
  const webSearch = rateOf(published, 'web_searches_kcount', -1);
  return {
    ...rates,
    ...(above.length > 0 && { above }),
    ...(request !== undefined && { request: ofThousand(request) }),
    ...(webSearch !== undefined && { webSearch: ofThousand(webSearch) }),
  };
}

/** The bounds of all tiers: each holds for inputs above it. */
function boundsOf(published: z.output<typeof pricesSchema>): number[] {
  const bounds = Object.values(published).flatMap((value) => {
    const price = priceSchema.safeParse(value).data;
    return typeof price === 'object' ? price.tiers.map(({ start }) => start) : [];
  });
  return [...new Set(bounds)].sort((a, b) => a - b);
}

/** Of the tier that begins above `start`. */
function toRates(published: z.output<typeof pricesSchema>, start: number): ListedRates | undefined {
  const rate = (key: string) => rateOf(published, `${key}_mtok`, start);
  const [input, text] = [rate('input'), rate('output')];
  if (input === undefined || text === undefined) return undefined;
  // Usage does not tell drawn tokens from written ones: such models charge what the dearer costs.
  const output = Math.max(text, rate('output_image') ?? 0, rate('output_video') ?? 0);
  const others = {
    cacheRead: rate('cache_read'),
    cacheWrite5m: rate('cache_write_5m') ?? rate('cache_write'),
    cacheWrite1h: rate('cache_write_1h'),
    audioInput: rate('input_audio'),
    imageInput: rate('input_image'),
    reasoning: rate('output_reasoning'),
    audioOutput: rate('output_audio'),
  };
  const known = Object.entries(others).filter(([, value]) => value !== undefined);
  return { input, output, ...(Object.fromEntries(known) as Partial<ListedRates>) };
}

function rateOf(published: z.output<typeof pricesSchema>, key: string, start: number): number | undefined {
  const price = priceSchema.safeParse(published[key]).data;
  if (price === undefined) return undefined;
  if (typeof price === 'number') return roundTo9(price);
  const rising = price.tiers.toSorted((a, b) => a.start - b.start);
  return roundTo9(rising.findLast((tier) => tier.start <= start)?.price ?? price.base);
}

/** What is left of quotients and of sums in binary: 0.08333333333333334, 0.18000000000000002. */
function roundTo9(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}

function ofThousand(usd: number): number {
  return roundTo9(usd / 1_000);
}
