import type { ScopeKind } from '@weir/contracts/cost/limits';
import type { Query } from '@weir/service-kit/database/query';
import type { SpentQuery } from '../domain/spent-source.ts';

interface ScopeRows {
  /** Of a rollup and, but for tags, of the ledger; `$1` is the scope's id and `$2` its organisation. */
  readonly condition: string;
  readonly ledgerCondition?: string;
  readonly rollup: string;
}

// Parameters that a condition does not need must be there all the same.
const ofScope: Readonly<Record<ScopeKind, ScopeRows>> = {
  installation: { condition: '$1::text is not null', rollup: 'usage_quarter_hourly' },
  organisation: { condition: 'organisation_id = $1', rollup: 'usage_quarter_hourly' },
  team: { condition: 'team_id = $1', rollup: 'usage_quarter_hourly' },
  user: { condition: 'user_id = $1', rollup: 'usage_quarter_hourly' },
  key: { condition: 'key_id = $1', rollup: 'usage_quarter_hourly' },
  tag: {
    condition: 'organisation_id = $2 and tag = $1',
    ledgerCondition: 'organisation_id = $2 and $1 = any(tags)',
    rollup: 'usage_quarter_hourly_by_tag',
  },
  end_user: {
    condition: 'organisation_id = $2 and end_user = $1',
    rollup: 'usage_quarter_hourly_by_end_user',
  },
};

/** Whole numbers: of money, nano-USD. What has no price counts as nothing, as do answers from the cache. */
const ofUnit: Readonly<Record<SpentQuery['unit'], { readonly ledger: string; readonly rollup: string }>> = {
  usd: { ledger: 'sum(cost_usd) * 1000000000', rollup: 'sum(cost_usd) * 1000000000' },
  requests: {
    ledger: "sum(requests) filter (where entry <> 'cache_hit')",
    rollup: 'sum(requests - cache_hits)',
  },
  tokens: { ledger: 'sum(total_tokens)', rollup: 'sum(total_tokens)' },
};

const indexOf = (time: string) => `case when $4::bigint = 0 then 0
    else div((extract(epoch from ${time}) * 1000)::bigint, $4::bigint) end`;

/** A sum beyond 2^53 stays there, as it does in Redis. */
const exact = (sum: string) => `least(coalesce(${sum}, 0), ${Number.MAX_SAFE_INTEGER})::bigint`;

/** `$3` is a pattern as `like` has it. */
const ofModels = (model: string) =>
  model === '*'
    ? '$3::text is not null'
    : "(lower(model) like $3 or lower(provider || '/' || model) like $3)";

/** From `$5` up to and without `$6`, in Unix milliseconds. (A join with several times at once reads the whole ledger.) */
const within = (time: string) =>
  `${time} >= to_timestamp($5::double precision / 1000) and ${time} < to_timestamp($6::double precision / 1000)`;

type Variant = Pick<SpentQuery, 'scope' | 'model' | 'unit'>;

/** Sums by part. */
export function sumOfRollups({ scope: { kind }, model, unit }: Variant): Query {
  const { condition, rollup } = ofScope[kind];
  return {
    name: nameOf('spent.rollups', { kind, model, unit }),
    text: `select ${indexOf('quarter')} as index, ${exact(ofUnit[unit].rollup)} as used
      from ${rollup} where ${within('quarter')} and ${condition} and ${optional('$2')} and ${ofModels(model)} group by 1`,
  };
}

/** The same, from the rows themselves. */
export function sumOfLedger(variant: Variant): Query {
  return ledgerQuery('spent.ledger', variant, 'true');
}

/** The rows that were entered since `$7` by messages beyond `$8`. */
export function sumBeyond(variant: Variant): Query {
  return ledgerQuery('spent.beyond', variant, 'entered_at >= $7 and stream_sequence > $8');
}

function ledgerQuery(name: string, { scope: { kind }, model, unit }: Variant, further: string): Query {
  const { condition, ledgerCondition = condition } = ofScope[kind];
  return {
    name: nameOf(name, { kind, model, unit }),
    text: `select ${indexOf('ts')} as index, ${exact(ofUnit[unit].ledger)} as used
      from llm_usage_log where ${within('ts')} and ${ledgerCondition} and ${optional('$2')} and ${ofModels(model)} and ${further} group by 1`,
  };
}

const optional = (parameter: string) => `(${parameter}::text is null or true)`;

/** One name for each text. */
function nameOf(
  name: string,
  { kind, model, unit }: { kind: ScopeKind; model: string; unit: string },
): string {
  return `${name}-${kind}-${unit}${model === '*' ? '' : '-models'}`;
}

/** A pattern in which `*` stands for any characters, and nothing else has a meaning, as `like` has it; in lower case. */
export function likePattern(pattern: string): string {
  return pattern
    .toLowerCase()
    .replace(/[\\%_]/g, String.raw`\$&`)
    .replaceAll('*', '%');
}
