import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

const prepare: Query = {
  name: 'reports.prepare',
  text: `select set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('work_mem', '64MB', true)`,
};

/**
 * For the rest of a transaction each query is planned for its values: what is not asked for is left out of the plan, and the
 * indexes are those of the filters that are given.
 */
export async function preparePlanning(transaction: Queryable): Promise<void> {
  await transaction.query(prepare);
}

const zone: Query = {
  name: 'reports.time-zone',
  text: 'select time_zone from rollup_time_zones where organisation_id = $1',
};

const zoneSchema = z.object({ time_zone: z.string() });

/** The organisation's, as its rollups have it; UTC for several organisations together. */
export async function findTimeZone(database: Queryable, organisation: string | undefined): Promise<string> {
  if (organisation === undefined) return 'UTC';
  const [row] = rows(zoneSchema, await database.query(zone, [organisation]));
  return row?.time_zone ?? 'UTC';
}

const others: Query = {
  name: 'reports.other-zones',
  // From one organisation to the next by the index: a few thousand of them take a few milliseconds.
  text: `with recursive used(organisation_id) as (
    select min(organisation_id) from usage_daily where $2::text is null
    union all
    select (select min(d.organisation_id) from usage_daily d where d.organisation_id > used.organisation_id)
    from used where used.organisation_id is not null
  )
  select organisation_id from (select organisation_id from used union all select $2::text) as asked
    left join rollup_time_zones using (organisation_id)
  where organisation_id is not null and lower(coalesce(time_zone, 'UTC')) <> lower($1)`,
};

const organisationSchema = z.object({ organisation_id: z.string() });

/** Of the organisation, or of all, those whose days are not the ones of this time zone. */
export async function findOtherZones(
  database: Queryable,
  timeZone: string,
  organisation: string | undefined,
): Promise<string[]> {
  const found = await database.query(others, [timeZone, organisation ?? null]);
  return rows(organisationSchema, found).map(({ organisation_id }) => organisation_id);
}

const completeUntil: Query = {
  name: 'reports.complete-until',
  text: `select coalesce(least((select min(quarter) from dirty_quarters), (select computed_at from rollup_worker)), 'epoch') as at`,
};

const timeSchema = z.object({ at: z.date() });

/** Up to when the rollups have all that is in the ledger. */
export async function findCompleteUntil(database: Queryable): Promise<Date> {
  const [row] = rows(timeSchema, await database.query(completeUntil));
  return row?.at ?? new Date(0);
}
