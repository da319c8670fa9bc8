import { Fault } from '@weir/service-kit/fault';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { midnight } from './report-query.ts';

/** What a report is about, and which part of that the daily rollup has. */
export interface ReportRange {
  readonly from: Date;
  readonly to: Date;
  /** Where a page begins: not before the period of the row that the page before has ended with. */
  readonly scanFrom: Date;
  /** Whole days of the time zone; where there are none, both are the end. */
  readonly daysFrom: Date;
  readonly daysTo: Date;
}

export interface AskedRange {
  /** A time in RFC 3339, or a day or month as `2026-11-30` or `2026-11`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone: string;
  readonly nowMs: number;
  /** Whether days are enough. */
  readonly usesDays: boolean;
  readonly scanFrom?: Date | undefined;
}

const ofRange: Query = {
  name: 'reports.range',
  text: `with given as (
    select date_bin('15 minutes', coalesce($2::timestamptz, ${midnight('$3::timestamp', '$1')},
        ${midnight(`date_trunc('month', $6::timestamptz at time zone $1)`, '$1')}), 'epoch') as start,
      date_bin('15 minutes', coalesce($4::timestamptz, ${midnight('$5::timestamp', '$1')},
        ${midnight(`date_trunc('day', $6::timestamptz at time zone $1) + interval '1 day'`, '$1')})
        + interval '15 minutes' - interval '1 microsecond', 'epoch') as stop
  ), scanned as (
    select *, greatest(start, $7::timestamptz) as scan_from,
      date_trunc('day', greatest(start, $7::timestamptz) at time zone $1) as first_day,
      date_trunc('day', stop at time zone $1) as last_day
    from given
  ), days as (
    select *, case when ${midnight('first_day', '$1')} >= scan_from then ${midnight('first_day', '$1')}
        else ${midnight(`first_day + interval '1 day'`, '$1')} end as days_from,
      -- What is still to come is in no rollup: a day that has not ended is whole.
      case when stop > $6::timestamptz and ${midnight('last_day', '$1')} < stop then ${midnight(`last_day + interval '1 day'`, '$1')}
        else ${midnight('last_day', '$1')} end as days_to
    from scanned
  )
  select start, stop, scan_from,
    case when $8::boolean and days_from < days_to then days_from else stop end as days_from,
    case when $8::boolean and days_from < days_to then days_to else stop end as days_to
  from days`,
};

const rowSchema = z.object({
  start: z.date(),
  stop: z.date(),
  scan_from: z.date(),
  days_from: z.date(),
  days_to: z.date(),
});

/**
 * The time that is asked for, in whole quarters of an hour: this month without a beginning, and today without an end. Throws where
 * it ends before it begins.
 */
export async function readRange(database: Queryable, asked: AskedRange): Promise<ReportRange> {
  const { from, nowMs, scanFrom = null, timeZone, to, usesDays } = asked;
  const values = [timeZone, ...timeOf(from), ...timeOf(to), new Date(nowMs), scanFrom, usesDays];
  const [row] = rows(rowSchema, await database.query(ofRange, values));
  if (!row) throw new Error('a query without tables has answered with no row');
  if (row.start >= row.stop) {
    const message = `The report would end, at ${row.stop.toISOString()}, before it begins, at ${row.start.toISOString()}.`;
    throw new Fault('invalid_request', { message, param: from === undefined ? 'to' : 'from' });
  }
  return {
    from: row.start,
    to: row.stop,
    scanFrom: row.scan_from,
    daysFrom: row.days_from,
    daysTo: row.days_to,
  };
}

/** As a time, or as a local day. */
function timeOf(text: string | undefined): [string | null, string | null] {
  if (text === undefined) return [null, null];
  if (text.length > 10) return [text, null];
  return [null, text.length === 7 ? `${text}-01` : text];
}
