import {
  reportDimensions,
  type ReportInterval,
  type ReportRow,
  type ReportSums,
} from '@weir/contracts/admin/reports';
import { documentJsonLimits } from '@weir/contracts/limits';
import { parseBoundedJson } from '@weir/service-kit/bounded-json';
import { integerColumn } from '@weir/service-kit/database/rows';
import { z } from 'zod';

/** A sum over no rows is null. */
const sum = integerColumn.nullable().transform((value) => value ?? 0);
const money = z
  .string()
  .nullable()
  .transform((value) => value ?? '0');
const dimension = z.string().nullable();

/** A row of a report query. */
export const reportRowSchema = z.object({
  /** Of all rows together, and not one of them. */
  is_total: z.boolean(),
  start: z.date().nullable(),
  /** The beginning of the period by the clock on the wall: `2026-11-30T13:00`. */
  local: z.string().nullable(),
  /** By what rows are put in order. */
  place: z.string().nullable(),
  organisation: dimension,
  team: dimension,
  user: dimension,
  key: dimension,
  model: dimension,
  provider: dimension,
  tag: dimension,
  end_user: dimension,
  requests: sum,
  attempts: sum,
  errors: sum,
  cache_hits: sum,
  estimated_attempts: sum,
  suspect_attempts: sum,
  unpriced_attempts: sum,
  input_tokens: sum,
  cache_read_tokens: sum,
  cache_write_tokens: sum,
  output_tokens: sum,
  reasoning_tokens: sum,
  cost_usd: money,
  cache_savings_usd: money,
  routing_savings_usd: money,
  semantic_cache_hits: sum,
  cache_saved_tokens: sum,
  cache_saved_seconds: z
    .number()
    .nullable()
    .transform((seconds) => seconds ?? 0),
  estimated_share: z.number().nullable(),
});

export type ReadRow = z.output<typeof reportRowSchema>;

export function toReportRow(row: ReadRow, interval: ReportInterval): ReportRow {
  const { end_user, key, local, model, organisation, provider, start, tag, team, user } = row;
  return {
    start: start?.toISOString() ?? null,
    period: start && local !== null ? periodOf(start, local, interval) : null,
    ...{ organisation, team, user, key, model, provider, tag, end_user },
    ...toSums(row),
  };
}

export function toSums(row: ReadRow): ReportSums {
  const { attempts, cache_hits, cache_read_tokens, cache_savings_usd, cache_write_tokens, cost_usd } = row;
  const { errors, estimated_attempts, estimated_share, input_tokens, output_tokens } = row;
  const { reasoning_tokens, requests, routing_savings_usd, suspect_attempts, unpriced_attempts } = row;
  const { cache_saved_seconds, cache_saved_tokens, semantic_cache_hits } = row;
  return {
    ...{ requests, attempts, errors, cache_hits, input_tokens, cache_read_tokens, cache_write_tokens },
    ...{ output_tokens, reasoning_tokens, cost_usd, estimated_attempts, estimated_share },
    ...{ suspect_attempts, unpriced_attempts, cache_savings_usd, routing_savings_usd },
    ...{ semantic_cache_hits, cache_saved_tokens, cache_saved_seconds },
  };
}

/** `2026-11`, `2026-11-30`, `2026-11-30T13:00+07:00`. */
function periodOf(start: Date, local: string, interval: ReportInterval): string {
  if (interval === 'month') return local.slice(0, 7);
  if (interval === 'day') return local.slice(0, 10);
  const minutes = (Date.parse(`${local}Z`) - start.getTime()) / 60_000;
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0');
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** Where a page has ended: the period and dimensions of its last row. */
export interface RowPlace {
  readonly start: Date | undefined;
  readonly values: readonly string[];
}

const minuteSchema = z.union([z.literal(''), z.iso.datetime({ local: true, precision: -1 })]);
/** What Postgres takes as a text. */
const textSchema = z.string().regex(/^[^\0\p{Cs}]*$/u);
const placeSchema = z
  .tuple([z.iso.datetime().nullable(), minuteSchema])
  .rest(textSchema)
  .refine((place) => place.length === 2 + reportDimensions.length);

/** As the `next` of a page; `readPlace` reads it. */
export function placeText(row: ReadRow): string {
  const place = [
    row.start?.toISOString() ?? null,
    row.place ?? '',
    ...reportDimensions.map((one) => row[one] ?? ''),
  ];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Undefined where it is no such text. */
export function readPlace(text: string): RowPlace | undefined {
  try {
    const json = Buffer.from(text, 'base64url').toString();
    const [start, ...values] = placeSchema.parse(parseBoundedJson(json, documentJsonLimits));
    return { start: start === null ? undefined : new Date(start), values };
  } catch {
    return undefined;
  }
}
