import type { Database } from '@weir/service-kit/database/database';
import type { Query } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

const compareQuarters: Query = {
  name: 'reconciliation.compare-quarters',
  text: `with checked(day) as (select unnest($1::date[])),
  ledger as (
    select date_bin('15 minutes', ts, 'epoch') as quarter, sum(requests) as requests, sum(total_tokens) as tokens,
      coalesce(sum(cost_usd), 0) as cost, count(*) filter (where entry = 'attempt') as attempts
    from checked join llm_usage_log on ts >= day::timestamp at time zone 'UTC' and ts < (day + 1)::timestamp at time zone 'UTC'
    group by 1
  ), rollup as (
    select quarter, sum(requests) as requests, sum(total_tokens) as tokens, sum(cost_usd) as cost, sum(attempts) as attempts
    from checked join usage_quarter_hourly
      on quarter >= day::timestamp at time zone 'UTC' and quarter < (day + 1)::timestamp at time zone 'UTC'
    group by 1
  )
  select quarter, (coalesce(ledger.cost, 0) - coalesce(rollup.cost, 0))::text as drift
  from ledger full join rollup using (quarter)
  where (ledger.requests, ledger.tokens, ledger.cost, ledger.attempts)
      is distinct from (rollup.requests, rollup.tokens, rollup.cost, rollup.attempts)
    -- What is known to be behind is no drift, and of months that were dropped the rollups are all that is left.
    and quarter not in (select quarter from dirty_quarters)
    and date_trunc('month', quarter at time zone 'UTC')::date not in (select month from dropped_usage_months)`,
};

const compareDays: Query = {
  name: 'reconciliation.compare-days',
  text: `with checked(day) as (select unnest($1::date[])),
  daily as (
    select organisation_id, day, sum(requests) as requests, sum(total_tokens) as tokens, sum(cost_usd) as cost
    from checked join usage_daily using (day) group by 1, 2
  ), quarters as (
    select organisation_id, day, min(quarter) as quarter, sum(requests) as requests, sum(total_tokens) as tokens, sum(cost_usd) as cost
    from checked
      -- A day of any time zone begins and ends within 14 hours of the day of UTC.
      join usage_quarter_hourly on quarter >= (day - interval '14 hours') at time zone 'UTC'
        and quarter < (day + interval '38 hours') at time zone 'UTC'
      left join rollup_time_zones using (organisation_id)
    where quarter >= day::timestamp at time zone coalesce(time_zone, 'UTC')
      and quarter < (day + 1)::timestamp at time zone coalesce(time_zone, 'UTC')
    group by 1, 2
  )
  select coalesce(quarter, day::timestamp at time zone coalesce(time_zone, 'UTC')) as quarter,
    (coalesce(quarters.cost, 0) - coalesce(daily.cost, 0))::text as drift
  from daily full join quarters using (organisation_id, day) left join rollup_time_zones using (organisation_id)
  where (daily.requests, daily.tokens, daily.cost) is distinct from (quarters.requests, quarters.tokens, quarters.cost)
    and not exists (select from dirty_quarters where dirty_quarters.quarter >= day::timestamp at time zone coalesce(time_zone, 'UTC')
      and dirty_quarters.quarter < (day + 1)::timestamp at time zone coalesce(time_zone, 'UTC'))`,
};

const markDirty: Query = {
  name: 'reconciliation.mark-dirty',
  text: 'insert into dirty_quarters (quarter) select unnest($1::timestamptz[])',
};

const rowSchema = z.object({ quarter: z.date(), drift: z.string().transform(Number) });

/** A time whose rollups were not what the ledger says. */
export interface RollupDrift {
  readonly quarter: Date;
  /** How much more the ledger has, in US dollars; 0 where counts alone differ. */
  readonly usd: number;
}

/**
 * Compares the rollups of these days (`2026-11-30`) with the ledger, in one snapshot, in which they have to be the same. Those that are
 * not are made anew by the worker of the rollups.
 */
export function checkRollups(
  database: Pick<Database, 'transaction'>,
  days: readonly string[],
): Promise<RollupDrift[]> {
  return database.transaction(
    async (snapshot) => {
      const found = [
        ...rows(rowSchema, await snapshot.query(compareQuarters, [days])),
        ...rows(rowSchema, await snapshot.query(compareDays, [days])),
      ];
      if (found.length > 0) await snapshot.query(markDirty, [found.map(({ quarter }) => quarter)]);
      return found.map(({ drift: usd, quarter }) => ({ quarter, usd }));
    },
    { isolation: 'repeatable read' },
  );
}
