import { z } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';
import { signedUsdSchema } from '../cost/money.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { idSchema, pageFields, pageOf, timeSchema } from './fields.ts';

const nameSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must not hold control characters' });

/** One entry of the ledger. */
export const usageRowSchema = z.object({
  /** When the attempt, or the request that a cache answered, began. */
  ts: z.string(),
  request_id: z.string(),
  /** From 1 in the order in which they began; 0 where the cache answered. */
  attempt: z.int().nonnegative(),
  /** Above 0 where others were asked in vain before, since they were silent: their attempts are entries too. */
  dispatch: z.int().nonnegative().default(0),
  /** `expired` charges what nobody told the end of; `corrected` takes that back. */
  entry: z.enum(['attempt', 'cache_hit', 'expired', 'corrected']),
  organisation: z.string(),
  team: z.string().nullable(),
  user: z.string().nullable(),
  key: z.string().nullable(),
  tags: arrayOf(z.string()),
  end_user: z.string().nullable(),
  provider: z.string(),
  model: z.string(),
  model_asked: z.string(),
  purpose: z.string().nullable(),
  outcome: z.string(),
  streamed: z.boolean().nullable(),
  latency_ms: z.number().nullable(),
  first_content_ms: z.number().nullable(),
  /** Input tokens of all kinds together, and output tokens with reasoning. */
  input_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  /** US dollars; null where the model has no price. */
  cost_usd: signedUsdSchema.nullable(),
  price_id: z.string().nullable(),
  /** What the cache has saved. */
  saved_usd: signedUsdSchema.nullable(),
  /** Whether the gateway has estimated it, and not the provider counted. */
  is_estimate: z.boolean(),
  /** Input and output that the provider claims, where the request cannot have used them: the figures above are then estimated. */
  claimed_tokens: z.int().nullable().default(null),
  metadata: recordOf(z.string(), z.string()).nullable(),
  /** Of an answer from the cache: `exact` or `semantic`, what the kept answer had used and taken, and how like the questions are. */
  cache_tier: z.string().nullable(),
  saved_input_tokens: z.int().nullable(),
  saved_output_tokens: z.int().nullable(),
  saved_ms: z.number().nullable(),
  similarity: z.number().nullable(),
});

export type UsageRow = z.output<typeof usageRowSchema>;

/** A page of rows of whatever size has to fit into one message. */
const maxPageRows = 2_000;

export const listUsage = adminEndpoint('cost.list-usage', {
  request: z.object({
    limit: z.coerce.number().int().min(1).max(maxPageRows).default(50),
    after: pageFields.after,
    organisation_id: idSchema.optional(),
    key: idSchema.optional(),
    user: idSchema.optional(),
    model: nameSchema.optional(),
    provider: nameSchema.optional(),
    outcome: nameSchema.optional(),
    request_id: z.guid({ error: 'must be the x-request-id of an answer' }).optional(),
    from: timeSchema.optional(),
    to: timeSchema.optional(),
    format: z.enum(['json', 'csv']).default('json'),
  }),
  reply: pageOf(usageRowSchema),
  timeoutMs: 10_000,
  http: {
    method: 'GET',
    path: '/usage',
    scope: 'read',
    reach: 'organisation',
    summary: 'List the entries of the ledger',
    description:
      'Newest first: one for each call of a provider, and one for each answer from the cache. `outcome` is `ok`, an error code, or `cancelled`. `format=csv` has all that match, whatever `limit` is. A key of one organisation sees that one alone.',
    csv: { columns: Object.keys(usageRowSchema.shape), pageItems: maxPageRows },
  },
});

/** What one side says of a model's day; null where it does not tell. */
const sideSchema = z.object({
  cost_usd: signedUsdSchema.nullable(),
  requests: z.int().nullable(),
  input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
});

const comparedShape = {
  provider: sideSchema,
  ledger: sideSchema,
  /** The ledger's less the provider's: of its cost, or of its tokens where the export has no cost. */
  difference: z.string().nullable(),
  /** The same in percent of the provider's; null where that is 0. */
  difference_percent: z.number().nullable(),
};

export const importUsage = adminEndpoint('cost.import-usage', {
  request: z.object({
    /** The name that the provider has here: its rows of the ledger are what is compared. */
    provider: nameSchema,
    /** The file as it was exported: CSV or JSON, recognised by what is in it. */
    content: z.string().min(1).max(4_000_000),
  }),
  reply: z.object({
    /** Which export it was. */
    format: z.enum(['openai-costs', 'openai-usage', 'anthropic-costs', 'anthropic-usage']),
    /** The first and the last day, in UTC as the provider has them. */
    from: z.string(),
    to: z.string(),
    /** What is compared. */
    unit: z.enum(['usd', 'tokens']),
    /** All rows, and what is unassigned. */
    total: z.object(comparedShape),
    /**
     * Whether what models differ by, each over all days, adds up to at most 1% of the provider's total. Never where calls without a
     * price are in no figure of a comparison of costs.
     */
    within_one_percent: z.boolean(),
    /** The row that differs most; null where none does. */
    worst: z
      .object({
        day: z.string(),
        model: z.string().nullable(),
        difference: comparedShape.difference,
        difference_percent: comparedShape.difference_percent,
      })
      .nullable(),
    /** How many calls of the ledger in these days have no price: their cost is in no figure. */
    unpriced_attempts: z.int(),
    /** By day and model; the model is null where the export has the days' totals alone. */
    data: arrayOf(z.object({ day: z.string(), model: z.string().nullable(), ...comparedShape })),
    /** Rows of an export by model that name none: how many, and what they cost together. They are in the total alone. */
    unassigned: z.object({ rows: z.int().nonnegative(), cost_usd: signedUsdSchema }),
  }),
  timeoutMs: 30_000,
  http: {
    method: 'POST',
    path: '/usage/import',
    scope: 'read',
    summary: "Compare a provider's export of usage or costs with the ledger",
    description:
      "Takes OpenAI's and Anthropic's exports of costs or of usage, as CSV from their consoles or as JSON from their admin APIs, of at most 4 million characters and 20,000 rows. Compares by day (UTC) and model, dated names of a model with the others. Nothing is changed, and nothing of the file is kept.",
  },
});
