import { z } from 'zod';
import { namePatternSchema } from '../access-policy.ts';
import { arrayOf, recordOf } from '../collections.ts';
import { usdSchema } from '../cost/money.ts';
import { priceListSchema } from '../cost/price-list.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { pageFields, pageOf, timeSchema } from './fields.ts';

/** US dollars for a million tokens. What has no price of its own costs what it is a kind of: see docs/prices.md. */
const ratesShape = {
  input: usdSchema,
  output: usdSchema,
  cache_read: usdSchema.optional(),
  cache_write_5m: usdSchema.optional(),
  cache_write_1h: usdSchema.optional(),
  audio_input: usdSchema.optional(),
  image_input: usdSchema.optional(),
  reasoning: usdSchema.optional(),
  audio_output: usdSchema.optional(),
};

const contextTiersSchema = arrayOf(
  z.strictObject({
    /** For requests whose whole input is longer than so many tokens. */
    above_input_tokens: z.int().min(0).max(1_000_000_000),
    ...ratesShape,
  }),
)
  .max(8)
  .refine(
    (tiers) =>
      tiers.every(
        (tier, at) => at === 0 || tier.above_input_tokens > (tiers[at - 1]?.above_input_tokens ?? 0),
      ),
    { error: 'must have rising bounds' },
  );

const priceShape = {
  ...ratesShape,
  context_tiers: contextTiersSchema.optional(),
  /** By the names that the provider gives its tiers, as `flex`. */
  service_tiers: recordOf(
    z.string().regex(/^[\w-]{1,64}$/),
    z.strictObject({ ...ratesShape, context_tiers: contextTiersSchema.optional() }),
  ).optional(),
  /** US dollars for each request, beside its tokens. */
  per_request: usdSchema.optional(),
  /** US dollars for each search that the provider makes. */
  per_web_search: usdSchema.optional(),
};

/** A price as it is shown, with when it holds. */
const shownPriceSchema = z.object({
  /** What usage at this price is recorded with. */
  price_id: z.string(),
  /** Since then; null where it has always held. */
  effective_from: z.string().nullable(),
  /** Only at this time of the day, as `00:30-16:30 UTC`. */
  daily: z.string().optional(),
  ...priceShape,
});

export type ShownPrice = z.output<typeof shownPriceSchema>;

const quarantineSchema = z.object({
  /** By how much the price would move, in per cent, where it moves most; null where it was zero. */
  moved_percent: z.number().nullable(),
  price: shownPriceSchema,
});

export const priceRecordSchema = z.object({
  provider: z.string(),
  model: z.string(),
  aliases: arrayOf(z.string()),
  /** Where the price comes from: an admin, a sync, or the gateway's own table. */
  origin: z.enum(['override', 'synced', 'seed']),
  /** What holds now; null where nothing does yet. */
  price: shownPriceSchema.nullable(),
  /** All of them, where there are several: by date, or by the time of the day. */
  schedule: arrayOf(shownPriceSchema),
  /** What was synced, and moves the price too far to be taken without being asked. */
  quarantined: quarantineSchema.nullable(),
});

export type PriceRecord = z.output<typeof priceRecordSchema>;

const providerSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be the name of a provider, as in model names',
});

const modelSchema = z.string().regex(/^[^\p{Cc}\p{Cs}\s]{1,256}$/u, {
  error: 'must be the name of a model at its provider, without white space',
});

export const listPrices = adminEndpoint('cost.list-prices', {
  request: z.object({
    ...pageFields,
    after: z.string().min(1).max(1_024).optional(),
    provider: providerSchema.optional(),
    model: namePatternSchema.optional(),
    quarantined: z.enum(['true', 'false']).optional(),
  }),
  reply: pageOf(priceRecordSchema),
  timeoutMs: 5_000,
  http: {
    method: 'GET',
    path: '/prices',
    scope: 'budgets',
    summary: 'List the prices of models',
    description:
      'By provider and model, in US dollars for a million tokens. `model` may be a pattern, as `gpt-5*`. `quarantined=true` lists those of which a synced price waits to be accepted.',
  },
});

export const exportPrices = adminEndpoint('cost.export-prices', {
  request: z.object({}),
  reply: priceListSchema,
  timeoutMs: 10_000,
  http: {
    method: 'GET',
    path: '/prices/export',
    scope: 'budgets',
    summary: 'Export all prices',
    description:
      'As one document, which another gateway can sync from (`WEIR_PRICES_URL`). Overrides are in it.',
  },
});

export const writePrice = adminEndpoint('cost.write-price', {
  request: z.object({
    provider: providerSchema,
    model: modelSchema,
    ...priceShape,
    effective_from: timeSchema.optional(),
  }),
  reply: priceRecordSchema,
  timeoutMs: 5_000,
  http: {
    method: 'PUT',
    path: '/prices/:provider/:model',
    scope: 'budgets',
    summary: 'Set the price of a model',
    description:
      'It holds from `effective_from` on, or from now on, whatever is synced, and takes the place of what was set for later. It is live in every replica in under a second. "0" is a price. A model with a slash in its name is written with %2F.',
    audit: 'price.write',
  },
});

export const deletePrice = adminEndpoint('cost.delete-price', {
  request: z.object({ provider: providerSchema, model: modelSchema }),
  reply: z.object({ provider: z.string(), model: z.string(), deleted: z.literal(true) }),
  timeoutMs: 5_000,
  http: {
    method: 'DELETE',
    path: '/prices/:provider/:model',
    scope: 'budgets',
    summary: 'Take back the price that was set for a model',
    description: 'What was synced holds again, or what comes with the gateway.',
    audit: 'price.delete',
  },
});

export const syncPrices = adminEndpoint('cost.sync-prices', {
  request: z.object({
    /** Models whose quarantined prices are taken: `openai/gpt-5-mini`, or `*` for all. */
    accept: arrayOf(z.string().min(1).max(512)).max(500).optional(),
  }),
  reply: z.object({
    /** Where the prices come from; null where there is no WEIR_PRICES_URL. */
    source: z.string().nullable(),
    /** Models whose price is new or another now. */
    changed: z.int(),
    /** Models that waited and were accepted. */
    accepted: z.int(),
    /** Models that wait in quarantine now. */
    quarantined: z.int(),
  }),
  timeoutMs: 60_000,
  http: {
    method: 'POST',
    path: '/prices/sync',
    scope: 'budgets',
    summary: 'Sync the prices',
    description:
      'Reads WEIR_PRICES_URL. A price that moves by more than 20% waits until it is accepted, here or by being set. What an admin has set stays.',
    audit: 'price.sync',
  },
});
