import {
  columns,
  ofLedger,
  ofQuarters,
  type RollupFamily,
  rollupFamilies,
} from '@weir/cost/ledger/rollup-tables';
import { Client } from 'pg';

/** So many days of usage, up to `until`. */
export const days = 90;
export const until = '2026-11-28T00:00:00Z';

const organisations = 20;
const keys = 1_000;
const batchRows = 500_000;

/**
 * Rows as many callers make them: few keys have most of the requests, each uses three models, one in a hundred fails, and one model
 * and one failure are rare.
 */
const insertRows = `
  insert into llm_usage_log (ts, request_id, attempt, entry, organisation_id, team_id, user_id, key_id, tags, end_user, provider, model,
    model_asked, purpose, outcome, maybe_billed, streamed, latency_ms, requests, uncached_input_tokens, cache_read_tokens, output_tokens,
    total_tokens, usage_source, cost_usd, price_id, asked_model_cost_usd)
  select ts, lpad(to_hex((extract(epoch from ts) * 1000)::bigint), 12, '0')::text || to_char(n, 'FM0000000000000000'), 1, 'attempt',
    'org' || key % ${organisations}, 'team' || key % 200, 'user' || key % 500, 'k' || lpad(key::text, 7, '0'),
    case when key % 3 = 0 then array['tag' || key % 50] else '{}' end, case when key % 2 = 0 then 'end-' || n % 20000 end,
    'provider' || model % 3, case when n % 100003 = 0 then 'rare-model' else 'model-' || model end, 'model-' || model, 'first',
    case when n % 250007 = 0 then 'upstream_timeout' when n % 100 = 0 then 'upstream_error' else 'ok' end, true, n % 2 = 0, 900, 1,
    500 + n % 1000, n % 300, 200 + n % 400, 1000 + n % 1000, case when n % 50 = 0 then 'estimated' else 'provider' end,
    0.000001 * (1000 + n % 5000), 'price-' || model, case when n % 10 = 0 then 0.01 end
  from (
    select n, key, (key + n % 3) % 10 as model,
      $3::timestamptz - random() * interval '${days} days' as ts
    from (select n, floor(${keys} * power(random(), 3))::int as key from generate_series($1::bigint, $2::bigint) as n) as drawn
  ) as made`;

/** Fills the ledger and its rollups; the indexes are made afterwards, which takes a quarter of the time. */
export async function plantUsage(databaseUrl: string, rowCount: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, options: '-c search_path=cost' });
  await client.connect();
  await client.query(
    "set jit = off; set work_mem = '512MB'; set maintenance_work_mem = '1GB'; set synchronous_commit = off",
  );
  try {
    for (let month = 0; month <= days / 30 + 1; month++) {
      const date = new Date(Date.parse(until));
      date.setUTCMonth(date.getUTCMonth() - month, 1);
      await client.query('select add_usage_month($1::date)', [date.toISOString().slice(0, 10)]);
    }
    const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(
      "select indexname, indexdef from pg_indexes where schemaname = 'cost' and tablename = 'llm_usage_log' and indexname not like '%pkey'",
    );
    for (const { indexname } of indexes) await client.query(`drop index ${indexname}`);
    for (let from = 1; from <= rowCount; from += batchRows) {
      await client.query(insertRows, [from, Math.min(rowCount, from + batchRows - 1), until]);
    }
    for (const { indexdef } of indexes) await client.query(indexdef.replace(' ONLY ', ' '));
    await client.query('analyze llm_usage_log');
    for (const family of rollupFamilies) await fillRollup(client, family);
    await client.query('update rollup_worker set computed_at = now()');
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

/** All at once, where the worker makes some quarters of an hour after the other. */
async function fillRollup(
  client: Client,
  { condition, daily, dimensions, quarterly, source }: RollupFamily,
): Promise<void> {
  const by = dimensions.join(', ');
  await client.query(`insert into ${quarterly} (quarter, ${by}, ${columns})
    select date_bin('15 minutes', ts, 'epoch') as quarter, ${by}, ${ofLedger} from ${source} where ${condition} group by quarter, ${by}`);
  await client.query(`insert into ${daily} (day, ${by}, ${columns})
    select (quarter at time zone 'UTC')::date as day, ${by}, ${ofQuarters} from ${quarterly} group by day, ${by}`);
}
