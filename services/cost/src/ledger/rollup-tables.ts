import type { Query } from '@weir/service-kit/database/query';

/** By what the ledger is summed, beside the time. */
export interface RollupFamily {
  readonly name: 'account' | 'tag' | 'end-user';
  /** By quarter of an hour. */
  readonly quarterly: string;
  readonly daily: string;
  /** The columns that tell rows of a time apart. */
  readonly dimensions: readonly string[];
  /** The rows of the ledger that have them. */
  readonly source: string;
  readonly condition: string;
}

export const rollupFamilies: readonly RollupFamily[] = [
  {
    name: 'account',
    quarterly: 'usage_quarter_hourly',
    daily: 'usage_daily',
    dimensions: ['organisation_id', 'team_id', 'user_id', 'key_id', 'provider', 'model'],
    source: 'llm_usage_log',
    condition: 'true',
  },
  {
    name: 'tag',
    quarterly: 'usage_quarter_hourly_by_tag',
    daily: 'usage_daily_by_tag',
    dimensions: ['organisation_id', 'tag', 'provider', 'model'],
    // A key may have the same tag twice.
    source: 'llm_usage_log cross join lateral (select distinct unnest(tags) as tag) as tag',
    condition: "tags <> '{}'",
  },
  {
    name: 'end-user',
    quarterly: 'usage_quarter_hourly_by_end_user',
    daily: 'usage_daily_by_end_user',
    dimensions: ['organisation_id', 'end_user', 'provider', 'model'],
    source: 'llm_usage_log',
    condition: 'end_user is not null',
  },
];

const sumOf = (column: string): [string, string] => [column, `sum(${column})`];
const countOf = (column: string, condition: string): [string, string] => [
  column,
  `count(*) filter (where ${condition})`,
];
const moneyOf = (column: string, value: string, condition = 'true'): [string, string] => [
  column,
  `coalesce(sum(${value}) filter (where ${condition}), 0)`,
];

/** Attempts beside those that answer: all that they do is cost. */
const isExtra = "purpose = 'mirror' or outcome = 'cancelled'";
const isEstimated = "entry = 'attempt' and usage_source = 'estimated'";

/** What is summed: the column of a rollup, and what it is of rows of the ledger. */
const sums: readonly [column: string, ofLedger: string][] = [
  sumOf('requests'),
  countOf('attempts', "entry = 'attempt'"),
  countOf('failed_attempts', "entry = 'attempt' and outcome not in ('ok', 'cancelled')"),
  countOf('estimated_attempts', isEstimated),
  countOf('suspect_attempts', 'claimed_tokens is not null'),
  countOf('unpriced_attempts', 'cost_usd is null'),
  countOf('cache_hits', "entry = 'cache_hit'"),
  countOf('semantic_cache_hits', "cache_tier = 'semantic'"),
  sumOf('uncached_input_tokens'),
  sumOf('cache_read_tokens'),
  sumOf('cache_write_5m_tokens'),
  sumOf('cache_write_1h_tokens'),
  sumOf('audio_input_tokens'),
  sumOf('image_input_tokens'),
  sumOf('output_tokens'),
  sumOf('reasoning_tokens'),
  sumOf('audio_output_tokens'),
  sumOf('web_search_requests'),
  sumOf('total_tokens'),
  moneyOf('cost_usd', 'cost_usd'),
  moneyOf('estimated_cost_usd', 'cost_usd', isEstimated),
  moneyOf('adjusted_cost_usd', 'cost_usd', "entry in ('expired', 'corrected')"),
  moneyOf('cache_saved_usd', 'saved_usd'),
  moneyOf('semantic_cache_saved_usd', 'saved_usd', "cache_tier = 'semantic'"),
  moneyOf('cache_saved_tokens', 'saved_input_tokens + saved_output_tokens'),
  moneyOf('cache_saved_ms', 'saved_ms'),
  moneyOf(
    'routing_saved_usd',
    `case when ${isExtra} then 0 else asked_model_cost_usd end - cost_usd`,
    'asked_model_cost_usd is not null',
  ),
  moneyOf('attempts_latency_ms', 'latency_ms', "entry = 'attempt'"),
];

export const columns = sums.map(([column]) => column).join(', ');
export const ofLedger = sums.map(([, value]) => value).join(', ');
export const ofQuarters = sums.map(([column]) => `sum(${column})`).join(', ');

export function deleteQuarters({ name, quarterly }: RollupFamily): Query {
  return { name: `rollup.delete-quarters-${name}`, text: `delete from ${quarterly} where quarter = any($1)` };
}

/**
 * The rollups of one quarter of an hour, `$1`. (A join with all of them at once is planned as if each were a ninth of the ledger,
 * which is then read as a whole.)
 */
export function insertQuarter({ name, quarterly, dimensions, source, condition }: RollupFamily): Query {
  const by = dimensions.join(', ');
  return {
    name: `rollup.insert-quarter-${name}`,
    text: `insert into ${quarterly} (quarter, ${by}, ${columns})
      select $1, ${by}, ${ofLedger} from ${source}
      where ts >= $1::timestamptz and ts < $1::timestamptz + interval '15 minutes' and ${condition}
      group by ${by}`,
  };
}

/** Days of organisations: `$1` the organisations, `$2` a day of each. */
export function deleteDays({ name, daily }: RollupFamily): Query {
  return {
    name: `rollup.delete-days-${name}`,
    text: `delete from ${daily} as rollup using unnest($1::text[], $2::date[]) as wanted (organisation_id, day)
      where rollup.organisation_id = wanted.organisation_id and rollup.day = wanted.day`,
  };
}

/** All days of the organisation `$1`. */
export function deleteAllDays({ name, daily }: RollupFamily): Query {
  return { name: `rollup.delete-all-days-${name}`, text: `delete from ${daily} where organisation_id = $1` };
}

/** As `deleteDays`; `$3` and `$4` are when each day begins and ends. */
export function insertDays({ name, quarterly, daily, dimensions }: RollupFamily): Query {
  const by = ['wanted.day', ...dimensions.map((dimension) => `rollup.${dimension}`)].join(', ');
  return {
    name: `rollup.insert-days-${name}`,
    text: `insert into ${daily} (day, ${dimensions.join(', ')}, ${columns})
      select ${by}, ${ofQuarters}
      from unnest($1::text[], $2::date[], $3::timestamptz[], $4::timestamptz[])
        as wanted (organisation_id, day, from_time, to_time)
      join ${quarterly} as rollup on rollup.organisation_id = wanted.organisation_id
        and rollup.quarter >= wanted.from_time and rollup.quarter < wanted.to_time
      group by ${by}`,
  };
}
