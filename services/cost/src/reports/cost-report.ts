import {
  type readCostReport,
  reportDimensions,
  type ReportDimension,
  type ReportSums,
} from '@weir/contracts/admin/reports';
import type { ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import { toPageBy } from '@weir/service-kit/admin/page';
import { organisationWithin } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Database } from '@weir/service-kit/database/database';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import { dimensionsOf, reportQuery, type Rollup } from './report-query.ts';
import { readRange, type ReportRange } from './report-range.ts';
import {
  placeText,
  type ReadRow,
  readPlace,
  reportRowSchema,
  type RowPlace,
  toReportRow,
  toSums,
} from './report-rows.ts';
import { findCompleteUntil, findOtherZones, findTimeZone, preparePlanning } from './report-state.ts';

/** What is asked for, with its filters by the names of dimensions. */
type Asked = RequestOf<typeof readCostReport> & {
  readonly organisation: string | undefined;
};
type Reply = ReplyOf<typeof readCostReport>;

interface CostReportParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly clock: Clock;
}

/** What was used and what it cost, from the rollups alone. All of an answer is of one moment. */
export function createCostReport({
  clock,
  database,
}: CostReportParts): EndpointHandler<typeof readCostReport> {
  return ({ data, envelope }) => {
    const organisation = organisationWithin(envelope, data.organisation_id);
    const asked: Asked = { ...data, organisation };
    const groupBy = (data.group_by?.split(',') ?? []) as ReportDimension[];
    const rollups = rollupsFor(asked, groupBy);
    const place = placeOf(data.after);
    return database.transaction(
      async (snapshot) => {
        await preparePlanning(snapshot);
        const timeZone = data.time_zone ?? (await findTimeZone(snapshot, organisation));
        const range = await readRange(snapshot, {
          ...{ from: data.from, to: data.to, timeZone, nowMs: clock.nowMs(), scanFrom: place?.start },
          usesDays: data.interval !== 'hour',
        });
        const otherZones = await findOtherZones(snapshot, timeZone, organisation);
        const report: Report = { asked, groupBy, otherZones, place, range, timeZone };
        const wantsTotal = data.format === 'json' && !place;
        const isSame = rollups.rows === rollups.total;
        const { read, total } = await readRows(snapshot, rollups.rows, report, wantsTotal && isSame);
        const page = toPageBy(read, data.limit, placeText);
        // Of everything that the filters let through, so that a request with two tags is in it once, and one without a tag too.
        const whole =
          wantsTotal && !isSame
            ? await readRows(snapshot, rollups.total, withoutGroups(report), true)
            : { total };
        return {
          from: range.from.toISOString(),
          to: range.to.toISOString(),
          time_zone: timeZone,
          complete_until: (await findCompleteUntil(snapshot)).toISOString(),
          total: whole.total ?? null,
          ...page,
          data: page.data.map((row) => toReportRow(row, data.interval)),
        } satisfies Reply;
      },
      { isolation: 'repeatable read' },
    );
  };
}

interface Report {
  readonly asked: Asked;
  readonly groupBy: readonly ReportDimension[];
  /** Organisations whose days are not those of the report. */
  readonly otherZones: readonly string[];
  readonly place: RowPlace | undefined;
  readonly range: ReportRange;
  readonly timeZone: string;
}

const queries: Readonly<Record<Rollup, Query>> = {
  account: reportQuery('account'),
  tag: reportQuery('tag'),
  end_user: reportQuery('end_user'),
};

async function readRows(
  database: Queryable,
  rollup: Rollup,
  report: Report,
  wantsTotal: boolean,
): Promise<{ read: ReadRow[]; total: ReportSums | undefined }> {
  const { asked, groupBy, otherZones, place, range, timeZone } = report;
  const noPlace = Array<null>(1 + reportDimensions.length).fill(null);
  const result = await database.query(queries[rollup], [
    ...[timeZone, range.scanFrom, range.daysFrom, range.daysTo, range.to, otherZones],
    ...[asked.interval, groupBy, ...reportDimensions.map((one) => asked[one] ?? null)],
    ...[asked.limit + 1, ...(place?.values ?? noPlace), wantsTotal],
  ]);
  const read = rows(reportRowSchema, result);
  const total = read.at(-1)?.is_total ? read.pop() : undefined;
  return { read, total: total && toSums(total) };
}

const withoutGroups = (report: Report): Report => ({
  ...report,
  asked: { ...report.asked, interval: 'none', limit: 1 },
  groupBy: [],
});

/** Which rollup has the rows, and which the total. Throws where none has all that is asked for. */
function rollupsFor(asked: Asked, groupBy: readonly ReportDimension[]): { rows: Rollup; total: Rollup } {
  const filters = reportDimensions.filter((one) => asked[one] !== undefined);
  return { rows: rollupWith([...groupBy, ...filters]), total: rollupWith(filters) };
}

function rollupWith(dimensions: readonly ReportDimension[]): Rollup {
  const [special, other] = (['tag', 'end_user'] as const).filter((one) => dimensions.includes(one));
  const rollup = special ?? 'account';
  const missing = other ?? dimensions.find((one) => !dimensionsOf(rollup).includes(one));
  if (missing === undefined) return rollup;
  throw new Fault('invalid_request', {
    message: `Reports by ${rollup} know ${dimensionsOf(rollup).join(', ')}, and not ${missing}: leave out one of the two.`,
    param: 'group_by',
  });
}

function placeOf(after: string | undefined): RowPlace | undefined {
  if (after === undefined) return undefined;
  const place = readPlace(after);
  if (place) return place;
  throw new Fault('invalid_request', {
    message: 'after must be the "next" of the page before.',
    param: 'after',
  });
}
