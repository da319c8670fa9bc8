import { reportDimensions as dimensions } from '@weir/contracts/admin/reports';
import type { Query } from '@weir/service-kit/database/query';

/** Which of the rollups: by account, or by one of what an account has several of. */
export type Rollup = 'account' | 'tag' | 'end_user';

/** Each rollup's dimensions, by their columns. */
const columnsOf = {
  account: {
    ...{ organisation: 'organisation_id', team: 'team_id', user: 'user_id', key: 'key_id' },
    ...{ model: 'model', provider: 'provider' },
  },
  tag: { organisation: 'organisation_id', model: 'model', provider: 'provider', tag: 'tag' },
  end_user: { organisation: 'organisation_id', model: 'model', provider: 'provider', end_user: 'end_user' },
} as const satisfies Record<Rollup, Record<string, string>>;

const tablesOf: Record<Rollup, readonly [quarters: string, days: string]> = {
  account: ['usage_quarter_hourly', 'usage_daily'],
  tag: ['usage_quarter_hourly_by_tag', 'usage_daily_by_tag'],
  end_user: ['usage_quarter_hourly_by_end_user', 'usage_daily_by_end_user'],
};

export const dimensionsOf = (rollup: Rollup): readonly string[] => Object.keys(columnsOf[rollup]);

/** Input tokens of all kinds, of a row of the ledger or of a rollup. */
export const inputTokens = `uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + audio_input_tokens + image_input_tokens`;

const sums = `
  sum(requests) as requests, sum(attempts) as attempts, sum(failed_attempts) as errors, sum(cache_hits) as cache_hits,
  sum(estimated_attempts) as estimated_attempts, sum(suspect_attempts) as suspect_attempts, sum(unpriced_attempts) as unpriced_attempts,
  sum(${inputTokens}) as input_tokens,
  sum(cache_read_tokens) as cache_read_tokens, sum(cache_write_5m_tokens + cache_write_1h_tokens) as cache_write_tokens,
  sum(output_tokens + audio_output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens,
  sum(cost_usd) as cost_usd, sum(estimated_cost_usd + adjusted_cost_usd) as estimated_cost_usd,
  sum(cache_saved_usd) as cache_savings_usd, sum(routing_saved_usd) as routing_savings_usd,
  sum(semantic_cache_hits) as semantic_cache_hits, sum(cache_saved_tokens) as cache_saved_tokens,
  sum(cache_saved_ms) / 1000 as cache_saved_seconds`;

/** The first moment of a local day: where clocks go back over midnight, the earlier of the two. */
export const midnight = (local: string, zone: string) => `(case
  when ((${local}) at time zone ${zone} - interval '1 hour') at time zone ${zone} >= (${local})
  then (${local}) at time zone ${zone} - interval '1 hour' else (${local}) at time zone ${zone} end)`;

/**
 * The sums of a rollup by period and dimensions, in an order in which a page can be told to begin after a row. Whole days come
 * from the daily rollup, what is before and after them from the quarters of an hour, as do all of organisations whose days are
 * others. One text for all reports: Postgres sees the values when it plans (see `CostReports`), so what is not asked costs
 * nothing. Hours are counted by the clock on the wall, so that each has its beginning also where a zone is half an hour off, and
 * where clocks go back there are two.
 */
export function reportQuery(rollup: Rollup): Query {
  const columns: Readonly<Record<string, string>> = columnsOf[rollup];
  const [quarters, days] = tablesOf[rollup];
  const present = Object.values(columns).join(', ');
  const filters = dimensions
    .map((dimension, index) => ({ column: columns[dimension], value: `$${index + 9}::text` }))
    .map(({ column, value }) => (column ? `(${value} is null or ${column} = ${value})` : `${value} is null`))
    .join(' and ');
  const grouped = dimensions
    .map((one) => [one, columns[one]] as const)
    .map(([one, column]) =>
      column ? `case when '${one}' = any($8::text[]) then ${column} end` : 'null::text',
    )
    .map((text, index) => `${text} as "${dimensions[index] ?? ''}"`)
    .join(',\n      ');
  const quartersFrom = (condition: string) => `
    select (case when $7 = 'hour' then (quarter - make_interval(mins => extract(minute from quarter at time zone $1)::int)) at time zone 'UTC'
        when $7 <> 'none' then quarter at time zone $1 end) as at, ${present}, ${sumColumns}
    from ${quarters} where ${condition} and ${filters}`;
  const names = dimensions.map((one) => `"${one}"`).join(', ');
  const place = `coalesce(at, '-infinity'), ${dimensions.map((one) => `coalesce("${one}", '') collate "C"`).join(', ')}`;
  const after = [...Array(1 + dimensions.length).keys()].map((index) => `$${index + 18}`);
  return {
    name: `reports.by-${rollup.replace('_', '-')}`,
    text: `with used as (
    ${quartersFrom('quarter >= $2::timestamptz and quarter < $3::timestamptz')}
    union all
    select (case when $7 <> 'none' then day::timestamp end) as at, ${present}, ${sumColumns}
    from ${days} where day >= ($3::timestamptz at time zone $1)::date and day < ($4::timestamptz at time zone $1)::date
      and $3::timestamptz < $4::timestamptz
      and (cardinality($6::text[]) = 0 or organisation_id <> all($6::text[])) and ${filters}
    union all
    ${quartersFrom('quarter >= $4::timestamptz and quarter < $5::timestamptz')}
    union all
    ${quartersFrom('cardinality($6::text[]) > 0 and organisation_id = any($6::text[]) and quarter >= $3::timestamptz and quarter < $4::timestamptz')}
  ), grouped as (
    select (case $7 when 'hour' then at when 'day' then date_trunc('day', at) when 'month' then date_trunc('month', at) end) as at,
      ${grouped},
      ${sums}
    from used group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  )
  select false as is_total, (case when $7 = 'hour' then at at time zone 'UTC' else ${midnight('at', '$1')} end) as start,
    to_char(case when $7 = 'hour' then at at time zone 'UTC' at time zone $1 else at end, 'YYYY-MM-DD"T"HH24:MI') as local,
    to_char(at, 'YYYY-MM-DD"T"HH24:MI') as place, ${names}, ${shown}, number
  from (select *, row_number() over (order by ${place}) as number from grouped
    where $18::text is null
      or (${place}) > (coalesce(nullif(${after[0] ?? ''}, '')::timestamp, '-infinity'), ${after
        .slice(1)
        .map((value) => `${value}::text`)
        .join(', ')})) as following
  where number <= $17
  union all
  select true, null, null, null, ${dimensions.map(() => 'null').join(', ')}, ${shown}, null
  from (select ${sumNames.map((name) => `sum(${name}) as ${name}`).join(', ')} from grouped) as whole
  where $27::boolean
  order by is_total, number`,
  };
}

const sumNames = [
  ...[
    'requests',
    'attempts',
    'errors',
    'cache_hits',
    'estimated_attempts',
    'suspect_attempts',
    'unpriced_attempts',
    'input_tokens',
  ],
  ...['cache_read_tokens', 'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'cost_usd'],
  ...['estimated_cost_usd', 'cache_savings_usd', 'routing_savings_usd'],
  ...['semantic_cache_hits', 'cache_saved_tokens', 'cache_saved_seconds'],
];

/** As a row shows them. */
const shown = `requests, attempts, errors, cache_hits, estimated_attempts, suspect_attempts, unpriced_attempts, input_tokens, cache_read_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, trim_scale(cost_usd) as cost_usd,
    trim_scale(cache_savings_usd) as cache_savings_usd, trim_scale(routing_savings_usd) as routing_savings_usd,
    semantic_cache_hits, cache_saved_tokens, round(cache_saved_seconds::numeric, 3)::float8 as cache_saved_seconds,
    (case when cost_usd <> 0 then round(estimated_cost_usd / cost_usd, 6)::float8 end) as estimated_share`;

const sumColumns = `requests, attempts, failed_attempts, cache_hits, estimated_attempts, suspect_attempts, unpriced_attempts,
    uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, audio_input_tokens, image_input_tokens,
    output_tokens, audio_output_tokens, reasoning_tokens, cost_usd, estimated_cost_usd, adjusted_cost_usd, cache_saved_usd,
    routing_saved_usd, semantic_cache_hits, cache_saved_tokens, cache_saved_ms`;
