import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { scopeTextSchema } from '../cost/limits.ts';
import { signedUsdSchema } from '../cost/money.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { pageOf, timeSchema, timeZoneSchema } from './fields.ts';

/** What a report can be grouped by, and filtered by. */
export const reportDimensions = [
  'organisation',
  'team',
  'user',
  'key',
  'model',
  'provider',
  'tag',
  'end_user',
] as const;

export type ReportDimension = (typeof reportDimensions)[number];

export const reportIntervals = ['none', 'hour', 'day', 'month'] as const;

export type ReportInterval = (typeof reportIntervals)[number];

/** A time with its offset; or a day (`2026-11-30`) or a month (`2026-11`) of the report's time zone, which is its beginning. */
const reportTimeSchema = z
  .string()
  .refine((text) => timeSchema.safeParse(text).success || isLocalDate(text), {
    error: 'must be a time as "2026-11-30T13:00:00Z", a day as "2026-11-30" or a month as "2026-11"',
  })
  .overwrite((text) => timeSchema.safeParse(text).data ?? text);

const localDateSchema = z.union([z.iso.date(), z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)]);

function isLocalDate(text: string): boolean {
  const year = Number(text.slice(0, 4));
  return year >= 1970 && year < 9999 && localDateSchema.safeParse(text).success;
}

const valueSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must not hold control characters' })
  .optional();

const groupBySchema = z
  .string()
  .max(128)
  .refine(isGroupBy, {
    error: `must be one or several of ${reportDimensions.join(', ')}, with commas between`,
  })
  .optional();

function isGroupBy(text: string): boolean {
  const given = text.split(',');
  const known: readonly string[] = reportDimensions;
  return new Set(given).size === given.length && given.every((one) => known.includes(one));
}

const count = z.int().nonnegative();

/** What requests have used and cost, added up. Signed figures are those that corrections lower. */
const sumsShape = {
  /** Requests of callers, those that the cache answered among them: each by the model and provider of its first attempt. */
  requests: z.int(),
  /** Calls of providers: with retries, fallbacks, hedges and mirrors. */
  attempts: count,
  /** Calls of providers that failed; one that was cancelled has not. */
  errors: count,
  /** Requests that were answered from the cache. */
  cache_hits: count,
  /** Input tokens of all kinds together, and output tokens with reasoning. */
  input_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  /** US dollars. What has no price is not in it. */
  cost_usd: signedUsdSchema,
  /** Calls whose tokens the gateway has estimated, since the provider did not report them. */
  estimated_attempts: count,
  /** Those of them whose provider claims what the request cannot have used. */
  suspect_attempts: count.default(0),
  /** Which part of `cost_usd` those are, and what is charged for calls of whose end nobody told: from 0 to 1; null without a cost. */
  estimated_share: z.number().nullable(),
  /** Calls that may have been billed, of models without a price: their cost is not known. */
  unpriced_attempts: count,
  /** What answers from the cache had cost when they were made. */
  cache_savings_usd: signedUsdSchema,
  /** What the models that the callers asked for would have cost, less what was paid: below zero where routing chose a dearer one. */
  routing_savings_usd: signedUsdSchema,
  /** Those of `cache_hits` whose question was another one that means the same. */
  semantic_cache_hits: count,
  /** Input and output that answers from the cache had used when they were made, and how long providers had taken. */
  cache_saved_tokens: count,
  cache_saved_seconds: z.number().nonnegative(),
};

export const reportSumsSchema = z.object(sumsShape);

export type ReportSums = z.output<typeof reportSumsSchema>;

const dimension = z.string().nullable();

const reportRowSchema = z.object({
  /** When the hour, day or month begins, RFC 3339; null where the report has none. */
  start: z.string().nullable(),
  /** The same in the time zone: `2026-11-30T13:00+07:00`, `2026-11-30` or `2026-11`. */
  period: z.string().nullable(),
  /** Null where the report is not grouped by it, or where there was none. */
  organisation: dimension,
  team: dimension,
  user: dimension,
  key: dimension,
  model: dimension,
  provider: dimension,
  tag: dimension,
  end_user: dimension,
  ...sumsShape,
});

export type ReportRow = z.output<typeof reportRowSchema>;

const { data, has_more, next } = pageOf(reportRowSchema).shape;

/** The `next` of the page before: longer than elsewhere, since it names the row that the page ended with. */
const afterSchema = z
  .string()
  .regex(/^[\w-]{1,4096}$/, { error: 'must be the "next" of the page before' })
  .optional();

/** How many rows one answer in JSON has at most. */
const maxReportRows = 10_000;

export const readCostReport = adminEndpoint('cost.cost-report', {
  request: z.object({
    from: reportTimeSchema.optional(),
    to: reportTimeSchema.optional(),
    group_by: groupBySchema,
    interval: z.enum(reportIntervals).default('none'),
    /** The organisation's, or UTC, without it. */
    time_zone: timeZoneSchema.optional(),
    organisation_id: valueSchema,
    team: valueSchema,
    user: valueSchema,
    key: valueSchema,
    model: valueSchema,
    provider: valueSchema,
    tag: valueSchema,
    end_user: valueSchema,
    format: z.enum(['json', 'csv']).default('json'),
    limit: z.coerce.number().int().min(1).max(maxReportRows).default(maxReportRows),
    after: afterSchema,
  }),
  reply: z.object({
    /** What the report is about: from, and up to and without. Whole quarters of an hour. */
    from: z.string(),
    to: z.string(),
    time_zone: z.string(),
    /** Up to here all that has arrived in the ledger is in the report; what began later may be missing still. */
    complete_until: z.string(),
    /** All rows together, each request in it once; with the first page only. */
    total: reportSumsSchema.nullable(),
    data,
    has_more,
    next,
  }),
  timeoutMs: 15_000,
  http: {
    method: 'GET',
    path: '/reports/cost',
    scope: 'read',
    reach: 'organisation',
    summary: 'What was used and what it cost',
    description:
      'This month, where neither `from` nor `to` is given; `from` counts from there, `to` up to and without it. Days and months are those of the time zone. `group_by` takes several, with commas between; `tag` and `end_user` stand beside `organisation`, `model` and `provider` only. A request with two tags counts in the rows of both, and once in `total`. At most 10,000 rows at once, the rest by `after`; `format=csv` has all of them, whatever `limit` is, and no total. `limit` is 10,000 where it is not given, and not 50 as elsewhere: a report is mostly read whole. A key of one organisation sees that one alone.',
    csv: { columns: Object.keys(reportRowSchema.shape), pageItems: maxReportRows },
  },
});

const paceSchema = z.object({
  /** Over how long it was measured. */
  hours: z.int().positive(),
  /** US dollars, or requests, or tokens, as a text: what was used in that time. */
  used: z.string(),
  /** When the limit is used up if it goes on like that, RFC 3339; null where the window ends before, or nothing was used. */
  spent_at: z.string().nullable(),
});

export const readForecast = adminEndpoint('cost.forecast', {
  request: z.object({
    /** `organisation/acme`, `key/abcd1234`, `tag/acme/batch`: as refusals name it. */
    scope: z.string().superRefine((text, context) => {
      const [issue] = scopeTextSchema.safeParse(text).error?.issues ?? [];
      if (issue) context.addIssue({ code: 'custom', message: issue.message, input: text });
    }),
  }),
  reply: z.object({
    scope: z.string(),
    at: z.string(),
    /** Each limit of money, requests or tokens in a day, in a month or in all. */
    data: arrayOf(
      z.object({
        unit: z.enum(['usd', 'requests', 'tokens']),
        window: z.enum(['day', 'month', 'total']),
        model: z.string(),
        limit: z.string(),
        used: z.string(),
        held: z.string(),
        resets_at: z.string().nullable(),
        /** At the pace of the last 24 hours, and of the last 7 days: two straight lines, and no more than that. */
        paces: arrayOf(paceSchema),
      }),
    ),
  }),
  timeoutMs: 10_000,
  http: {
    method: 'GET',
    path: '/reports/forecast',
    scope: 'read',
    reach: 'organisation',
    summary: 'When the budgets of a scope are used up, if it goes on like this',
    description:
      'For each limit of money, requests or tokens in a day, in a month or in all: what is used, and when the rest of it is at the pace of the last 24 hours and of the last 7 days. No seasons, no trends.',
  },
});
