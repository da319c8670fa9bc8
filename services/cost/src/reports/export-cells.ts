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

/** Of a number or a time. What is longer is not looked at. */
const shortText = z.string().max(64, { abort: true });

/** CSV has texts, JSON has numbers; an empty cell is nothing. */
export const count = z
  .union([z.int().nonnegative(), shortText.regex(/^\d*$/).transform(Number).pipe(z.int().nonnegative())], {
    error: `must be a whole number up to ${Number.MAX_SAFE_INTEGER}`,
  })
  .default(0);

const notMoney = { error: 'must be an amount of money' };

/** Whole nano-USD of an amount in dollars, or in cents: what is beyond the ninth decimal is rounded. */
export const money = (perUsd: 1 | 100) =>
  z
    .union([z.number(), shortText.regex(/^-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i, notMoney)], notMoney)
    .transform((amount) => nanoUsd(String(amount), perUsd))
    // Exact, and finite.
    .pipe(z.int({ error: 'must be an amount below nine million dollars' }));

function nanoUsd(amount: string, perUsd: 1 | 100): number {
  if (/^-?\d+(\.\d{0,9})?$/.test(amount) && perUsd === 1) return toNanoUsd(amount);
  return Math.round((Number(amount) / perUsd) * 1e9);
}

/** Unix seconds, RFC 3339, or a day or an hour of UTC: the day in UTC. */
export const day = z
  .union([
    z.union([z.number(), shortText.regex(/^\d{9,11}$/)]).transform((seconds) => Number(seconds) * 1_000),
    shortText
      .pipe(z.union([z.iso.datetime({ offset: true }), z.iso.date()]))
      .transform((time) => Date.parse(time)),
    shortText
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

export const modelName = z
  .string()
  .max(256)
  .nullish()
  .transform((name) => (name === '' || name === null ? undefined : name));

export const has =
  (...fields: readonly string[]) =>
  (record: ExportRecord) =>
    fields.every((field) => field in record);

/** Any of these, of which a CSV has the first and JSON the second. */
export const either =
  (...readers: readonly ((record: ExportRecord) => boolean)[]) =>
  (record: ExportRecord) =>
    readers.some((reads) => reads(record));
