import type { importUsage } from '@weir/contracts/admin/usage';
import { toNanoUsd } from '@weir/pricing/money';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { compareUsage, type LedgerDay } from './compare-usage.ts';
import { daysOf, readProviderExport } from './provider-export.ts';
import { inputTokens } from './report-query.ts';

const byDay: Query = {
  name: 'usage.by-day',
  // Days of UTC, which are not those of the daily rollup.
  text: `select to_char(quarter at time zone 'UTC', 'YYYY-MM-DD') as day, model, sum(cost_usd) as cost_usd,
      sum(attempts) as attempts, sum(unpriced_attempts) as unpriced_attempts, sum(output_tokens + audio_output_tokens) as output_tokens,
      sum(${inputTokens}) as input_tokens
    from usage_quarter_hourly
    where provider = $1 and quarter >= $2::date::timestamp at time zone 'UTC'
      and quarter < ($3::date + 1)::timestamp at time zone 'UTC'
    group by 1, 2
    having sum(attempts) > 0 or sum(cost_usd) <> 0`,
};

const rowSchema = z
  .object({
    day: z.string(),
    model: z.string(),
    cost_usd: z.string().transform(toNanoUsd),
    attempts: integerColumn,
    unpriced_attempts: integerColumn,
    input_tokens: integerColumn,
    output_tokens: integerColumn,
  })
  .transform((row): LedgerDay => ({
    day: row.day,
    model: row.model,
    costNanoUsd: row.cost_usd,
    attempts: row.attempts,
    unpricedAttempts: row.unpriced_attempts,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
  }));

/** Compares a provider's export with the ledger, and changes and keeps nothing. */
export function createImportUsage(database: Queryable): EndpointHandler<typeof importUsage> {
  return async ({ data: { content, provider } }) => {
    const exported = readProviderExport(content);
    const { from, to } = daysOf(exported);
    return compareUsage(exported, rows(rowSchema, await database.query(byDay, [provider, from, to])));
  };
}
