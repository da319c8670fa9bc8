import { toNanoUsd } from '@weir/pricing/money';
import { z, type ZodType } from 'zod';

/** A row of CSV by its titles, or a result of JSON by its fields. */
export type ExportRecord = Readonly<Record<string, unknown>>;

/** What a provider says of a model's day, or of a part of it. Of a day without usage nothing but the day. */
export interface ExportedLine {
  /** In UTC: `2026-11-30`. */
  readonly day: string;
  /** Undefined where the line is not of one model, as a day's total. */
  readonly model: string | undefined;
  readonly costNanoUsd?: number | undefined;
  readonly requests?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/** How one kind of export is recognised and read. */
export interface ExportReader {
  readonly title: string;
  readonly isFormat: (record: ExportRecord) => boolean;
  /** A row, by the provider's own names. */
  readonly line: ZodType<ExportedLine>;
}

/** CSV has texts, JSON has numbers; an empty cell is nothing. */
const count = z.union([z.int().nonnegative(), z.string().regex(/^\d*$/).transform(Number)]).default(0);

/** Whole nano-USD of an amount in dollars, or in cents: what is beyond the ninth decimal is rounded. */
const money = (perUsd: 1 | 100) =>
  z
    .union([z.number(), z.string().regex(/^-?\d*\.?\d*(e-?\d+)?$/i)])
    .transform((amount) => nanoUsd(String(amount), perUsd));

function nanoUsd(amount: string, perUsd: 1 | 100): number {
  if (/^-?\d+(\.\d{0,9})?$/.test(amount) && perUsd === 1) return toNanoUsd(amount);
  return Math.round((Number(amount) / perUsd) * 1e9);
}

/** Unix seconds, RFC 3339, or a day or an hour of UTC: the day in UTC. */
const day = z
  .union([
    z.union([z.number(), z.string().regex(/^\d{9,11}$/)]).transform((seconds) => Number(seconds) * 1_000),
    z.union([z.iso.datetime({ offset: true }), z.iso.date()]).transform((time) => Date.parse(time)),
    z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?$/)
      .transform((time) => Date.parse(`${time.replace(' ', 'T')}Z`)),
  ])
  .pipe(
    z
      .number()
      .min(0)
      .max(Date.UTC(9999, 0, 1)),
  )
  .transform((atMs) => new Date(atMs).toISOString().slice(0, 10));

const modelName = z
  .string()
  .nullish()
  .transform((name) => (name === '' || name === null ? undefined : name));

const has =
  (...fields: readonly string[]) =>
  (record: ExportRecord) =>
    fields.every((field) => field in record);

/** Any of these, of which a CSV has the first and JSON the second. */
const either =
  (...readers: readonly ((record: ExportRecord) => boolean)[]) =>
  (record: ExportRecord) =>
    readers.some((reads) => reads(record));

const openAiCosts: ExportReader = {
  title: "OpenAI's costs (amount_value, line_item)",
  isFormat: either(has('start_time', 'amount_value'), has('start_time', 'amount')),
  line: z
    .object({
      start_time: day,
      amount_value: z.union([z.literal(''), money(1)]).optional(),
      amount: z.object({ value: money(1) }).optional(),
      line_item: z.string().nullish(),
    })
    .transform(({ amount, amount_value, line_item, start_time }) => {
      const cost = amount?.value ?? amount_value;
      // "gpt-5-mini-2025-08-07, cached input"
      const [model] = line_item?.split(',') ?? [];
      return {
        day: start_time,
        model: model ? model.trim() : undefined,
        // A day without costs is a row without an amount.
        costNanoUsd: cost === '' ? undefined : cost,
      };
    }),
};

const openAiUsage: ExportReader = {
  title: "OpenAI's usage (num_model_requests, input_tokens)",
  isFormat: has('start_time', 'num_model_requests', 'input_tokens'),
  line: z
    .object({
      start_time: day,
      model: modelName,
      num_model_requests: count,
      input_tokens: count,
      output_tokens: count,
    })
    .transform(({ input_tokens, model, num_model_requests, output_tokens, start_time }) =>
      num_model_requests === 0 && input_tokens + output_tokens === 0
        ? { day: start_time, model }
        : {
            ...{ day: start_time, model, requests: num_model_requests },
            ...{ inputTokens: input_tokens, outputTokens: output_tokens },
          },
    ),
};

const anthropicCosts: ExportReader = {
  title: "Anthropic's costs (usage_date_utc, cost_usd)",
  isFormat: either(has('usage_date_utc', 'cost_usd'), has('starting_at', 'amount')),
  line: z.union([
    z
      .object({ usage_date_utc: day, model: modelName, cost_usd: money(1) })
      .transform(({ cost_usd, model, usage_date_utc }) => ({
        day: usage_date_utc,
        model,
        costNanoUsd: cost_usd,
      })),
    // Its API has amounts in cents.
    z
      .object({ starting_at: day, model: modelName, amount: money(100) })
      .transform(({ amount, model, starting_at }) => ({ day: starting_at, model, costNanoUsd: amount })),
  ]),
};

const cacheCreation = z
  .object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
  .nullish();

const anthropicUsage: ExportReader = {
  title: "Anthropic's usage (usage_date_utc, usage_output_tokens)",
  isFormat: either(has('usage_date_utc', 'usage_output_tokens'), has('starting_at', 'output_tokens')),
  line: z.union([
    z
      .object({
        usage_date_utc: day,
        model_version: modelName,
        usage_input_tokens_no_cache: count,
        usage_input_tokens_cache_write_5m: count,
        usage_input_tokens_cache_write_1h: count,
        usage_input_tokens_cache_read: count,
        usage_output_tokens: count,
      })
      .transform((row) => ({
        day: row.usage_date_utc,
        model: row.model_version,
        inputTokens:
          row.usage_input_tokens_no_cache +
          row.usage_input_tokens_cache_write_5m +
          row.usage_input_tokens_cache_write_1h +
          row.usage_input_tokens_cache_read,
        outputTokens: row.usage_output_tokens,
      })),
    z
      .object({
        starting_at: day,
        model: modelName,
        uncached_input_tokens: count,
        cache_read_input_tokens: count,
        cache_creation: cacheCreation,
        output_tokens: count,
      })
      .transform(({ cache_creation: written, cache_read_input_tokens, model, output_tokens, ...row }) => ({
        ...{ day: row.starting_at, model, outputTokens: output_tokens },
        inputTokens:
          row.uncached_input_tokens +
          cache_read_input_tokens +
          (written?.ephemeral_5m_input_tokens ?? 0) +
          (written?.ephemeral_1h_input_tokens ?? 0),
      })),
  ]),
};

/** Tried in this order. */
export const exportFormats = {
  'openai-costs': openAiCosts,
  'openai-usage': openAiUsage,
  'anthropic-costs': anthropicCosts,
  'anthropic-usage': anthropicUsage,
} as const satisfies Record<string, ExportReader>;

export type ExportFormat = keyof typeof exportFormats;
