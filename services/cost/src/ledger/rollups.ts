import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import {
  deleteAllDays,
  deleteDays,
  deleteQuarters,
  insertDays,
  insertQuarter,
  rollupFamilies,
} from './rollup-tables.ts';

/** How many quarters of an hour are brought up to date in one transaction. */
const maxQuarters = 64;

const listDirty: Query = {
  name: 'rollup.list-dirty',
  // The newest first: reports of today do not wait for what is late.
  text: 'select quarter from dirty_quarters group by quarter order by quarter desc limit $1',
};

/** Notes that are not committed yet stay, and so does the need to look again: no row can be missed. */
const takeDirty: Query = {
  name: 'rollup.take-dirty',
  text: 'delete from dirty_quarters where quarter = any($1)',
};

const listKept: Query = {
  name: 'rollup.list-kept',
  // The rollups of months whose rows were dropped are all that is left of them.
  text: `select quarter from unnest($1::timestamptz[]) as wanted (quarter)
    where date_trunc('month', quarter at time zone 'UTC')::date not in (select month from dropped_usage_months)`,
};

/** The days, of each organisation's own time zone, that quarters of an hour lie in. */
const daysOf = (condition: string) => `select organisation_id, day::text as day,
      day::timestamp at time zone time_zone as from_time, (day + 1)::timestamp at time zone time_zone as to_time
    from (
      select distinct organisation_id, zone.name as time_zone, (quarter at time zone zone.name)::date as day
      from usage_quarter_hourly left join rollup_time_zones using (organisation_id)
        cross join lateral (select coalesce(rollup_time_zones.time_zone, 'UTC')) as zone (name)
      where ${condition}
    ) as days`;

const listDays: Query = { name: 'rollup.list-days', text: daysOf('quarter = any($1)') };
const listAllDays: Query = { name: 'rollup.list-all-days', text: daysOf('organisation_id = $1') };

const quarterSchema = z.object({ quarter: z.date() });
const daySchema = z.object({
  organisation_id: z.string(),
  day: z.string(),
  from_time: z.date(),
  to_time: z.date(),
});

/**
 * Computes anew what the ledger has got rows for, a part of it at a time. Resolves with how many quarters of an hour it was: 0
 * where all rollups have what the ledger has.
 */
export async function refreshRollups(transaction: Queryable): Promise<number> {
  const dirty = rows(quarterSchema, await transaction.query(listDirty, [maxQuarters]));
  if (dirty.length === 0) return 0;
  const wanted = dirty.map(({ quarter }) => quarter);
  await transaction.query(takeDirty, [wanted]);
  const kept = rows(quarterSchema, await transaction.query(listKept, [wanted]));
  const quarters = kept.map(({ quarter }) => quarter);
  for (const family of rollupFamilies) {
    await transaction.query(deleteQuarters(family), [quarters]);
    for (const quarter of quarters) await transaction.query(insertQuarter(family), [quarter]);
  }
  await refreshDays(transaction, rows(daySchema, await transaction.query(listDays, [quarters])));
  return dirty.length;
}

/** Makes the days of an organisation anew, whose time zone is another one now. Resolves with how many there are. */
export async function rebuildDays(transaction: Queryable, organisation: string): Promise<number> {
  for (const family of rollupFamilies) await transaction.query(deleteAllDays(family), [organisation]);
  const days = rows(daySchema, await transaction.query(listAllDays, [organisation]));
  await refreshDays(transaction, days);
  return days.length;
}

async function refreshDays(
  transaction: Queryable,
  days: readonly z.output<typeof daySchema>[],
): Promise<void> {
  const which = [days.map((each) => each.organisation_id), days.map(({ day }) => day)];
  const times = [days.map((each) => each.from_time), days.map((each) => each.to_time)];
  for (const family of rollupFamilies) {
    await transaction.query(deleteDays(family), which);
    await transaction.query(insertDays(family), [...which, ...times]);
  }
}
