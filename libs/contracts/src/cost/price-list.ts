import { z } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';

/**
 * Prices as people read and publish them: US dollars for a million tokens, as numbers. It is the form of the prices that come
 * with the gateway, of what it exports, and of what it can be given to sync from.
 */
const usd = z.number().nonnegative().max(9_000_000);

const ratesShape = {
  input: usd,
  output: usd,
  cacheRead: usd.optional(),
  cacheWrite5m: usd.optional(),
  cacheWrite1h: usd.optional(),
  audioInput: usd.optional(),
  imageInput: usd.optional(),
  reasoning: usd.optional(),
  audioOutput: usd.optional(),
};

const listedRatesSchema = z.strictObject(ratesShape);

export type ListedRates = z.output<typeof listedRatesSchema>;

const tierShape = {
  ...ratesShape,
  /** For requests whose whole input is above so many tokens, by rising bounds. */
  above: arrayOf(z.tuple([z.int().nonnegative(), listedRatesSchema])).optional(),
};

const listedTierSchema = z.strictObject(tierShape);

export type ListedTier = z.output<typeof listedTierSchema>;

const timeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/);

const listedPriceSchema = z.strictObject({
  ...tierShape,
  /** A service tier's prices, or what the standard ones are multiplied by. */
  tiers: recordOf(z.string(), z.union([z.number().positive().max(100), listedTierSchema])).optional(),
  /** Dollars for each request, and for each search that the provider makes. */
  request: usd.optional(),
  webSearch: usd.optional(),
  /** The day from which it holds, UTC; or the moment. */
  from: z.union([z.iso.date(), z.iso.datetime()]).optional(),
  /** Every day, UTC. */
  during: z.tuple([timeOfDaySchema, timeOfDaySchema]).optional(),
});

export type ListedPrice = z.output<typeof listedPriceSchema>;

const listedModelSchema = z.strictObject({
  aliases: arrayOf(z.string().min(1).max(256)).optional(),
  /** The last that holds is the one, and the first where none does. */
  prices: arrayOf(listedPriceSchema).min(1).max(64),
});

export type ListedModel = z.output<typeof listedModelSchema>;

const listedProviderSchema = z.strictObject({
  /** A regular expression that the beginning of its base URLs matches. */
  apiPattern: z.string().max(512).optional(),
  /** Whose models it sells under their names, beside its own. */
  resells: arrayOf(z.string()).optional(),
  models: recordOf(z.string().min(1).max(256), listedModelSchema),
});

export type ListedProvider = z.output<typeof listedProviderSchema>;

export const priceListSchema = z.strictObject({
  /** Where it comes from. */
  source: z.string(),
  providers: recordOf(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/), listedProviderSchema),
});

export type PriceList = z.output<typeof priceListSchema>;
