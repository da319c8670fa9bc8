import { z } from 'zod';
import { bucket } from '../bucket.ts';
import { arrayOf, recordOf } from '../collections.ts';
import { nanoUsdSchema } from './money.ts';

/** Nano-USD for a million tokens: every published price is a whole number of these. */
const rateSchema = z.int().nonnegative();

/**
 * What tokens cost, each kind of a usage record. A kind without a price of its own costs what it is a kind of: what is read
 * from a cache or written to it, audio and images what the input costs, and a write for an hour what one for five minutes
 * costs; reasoning and audio out what the output costs.
 */
export const tokenRatesSchema = z.strictObject({
  input: rateSchema,
  output: rateSchema,
  cacheRead: rateSchema.optional(),
  cacheWrite5m: rateSchema.optional(),
  cacheWrite1h: rateSchema.optional(),
  audioInput: rateSchema.optional(),
  imageInput: rateSchema.optional(),
  reasoning: rateSchema.optional(),
  audioOutput: rateSchema.optional(),
});

export type TokenRates = z.output<typeof tokenRatesSchema>;

const tierFields = {
  rates: tokenRatesSchema,
  /**
   * By rising bounds. The last whose bound the whole input (cached, audio and images counted in) exceeds is the one for all
   * tokens of the request: 200,000 tokens are not above 200,000.
   */
  contextTiers: arrayOf(
    z.strictObject({ inputTokensAbove: z.int().nonnegative(), rates: tokenRatesSchema }),
  ).optional(),
};

const tierPriceSchema = z.strictObject(tierFields);

export type TierPrice = z.output<typeof tierPriceSchema>;

/** What a model costs at one time. Zero is a price; what has none is absent. */
export const modelPriceSchema = z.strictObject({
  /** `openai/gpt-5-mini@1f0c62ab`: the same price has the same id, and a price that has changed has another. */
  id: z.string().min(1).max(512),
  /** The standard tier's. */
  ...tierFields,
  /** Of service tiers with prices of their own, as `flex`, by the name that the provider gives them. */
  serviceTiers: recordOf(z.string(), tierPriceSchema).optional(),
  /** For each request, beside its tokens. */
  requestNanoUsd: nanoUsdSchema.optional(),
  /** For each search that the provider makes. */
  webSearchNanoUsd: nanoUsdSchema.optional(),
});

export type ModelPrice = z.output<typeof modelPriceSchema>;

const timeOfDaySchema = z.int().min(0).lt(86_400_000);

/** A price, and when it holds. Of a list the last that holds is the one, and the first where none does. */
export const datedPriceSchema = z.strictObject({
  price: modelPriceSchema,
  /** Unix time in milliseconds. */
  fromMs: z.int().nonnegative().optional(),
  /** Every day, UTC, from the first up to and without the second, which may be on the next day. */
  timeOfDay: z.object({ startMs: timeOfDaySchema, endMs: timeOfDaySchema }).optional(),
});

export type DatedPrice = z.output<typeof datedPriceSchema>;

/** Overrides go before what was synced, and that before the prices that come with the gateway. */
export const priceOrigins = ['override', 'synced', 'seed'] as const;

export type PriceOrigin = (typeof priceOrigins)[number];

/** What is kept of a model's price beside the prices that come with the gateway. */
export const storedPriceSchema = z.strictObject({
  /** `quarantined` was synced, moved too far, and holds only once an admin accepts it. */
  origin: z.enum(['override', 'synced', 'quarantined']),
  provider: z.string().min(1).max(64),
  model: z.string().min(1).max(256),
  /** Other names of exactly this model. */
  aliases: arrayOf(z.string().max(256)).optional(),
  /** Of an override each holds from its `fromMs` on, and none before the first. */
  prices: arrayOf(datedPriceSchema).min(1).max(64),
  /** Unix time in milliseconds. */
  writtenAtMs: z.int().nonnegative(),
});

export type StoredPrice = z.output<typeof storedPriceSchema>;

/** By `priceKey`. Written by the cost service alone; whoever prices follows it. */
export const storedPrices = bucket('prices', { value: storedPriceSchema, history: 1, storage: 'file' });

/** The key of a price in the bucket. Names of models have characters that keys cannot have: in hexadecimal. */
export function priceKey({
  origin,
  provider,
  model,
}: Pick<StoredPrice, 'origin' | 'provider' | 'model'>): string {
  const bytes = new TextEncoder().encode(model.toLowerCase());
  return `${origin}.${provider}.${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
