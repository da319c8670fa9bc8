import { arrayOf } from '@weir/contracts/collections';
import { usageAdjusted, type UsageAdjusted } from '@weir/contracts/usage-events';
import { toNanoUsd } from '@weir/pricing/money';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

const find: Query = {
  name: 'reconciliation.find-uncorrected',
  // Both of an attempt have its time.
  text: `select ts, request_id, attempt, organisation_id, team_id, user_id, key_id, tags, end_user, provider, model, model_asked,
      cost_usd, total_tokens
    from llm_usage_log as expired
    where entry = 'expired' and entered_at < now() - interval '10 minutes'
      and exists (select from llm_usage_log as made where made.ts = expired.ts and made.request_id = expired.request_id
        and made.attempt = expired.attempt and made.entry = 'attempt' and made.entered_at < now() - interval '10 minutes')
      and not exists (select from llm_usage_log as corrected where corrected.ts = expired.ts
        and corrected.request_id = expired.request_id and corrected.attempt = expired.attempt and corrected.entry = 'corrected')
    order by ts limit 1000`,
};

const text = z.string().nullable();

const rowSchema = z
  .object({
    ts: z.date(),
    request_id: z.string(),
    attempt: z.int(),
    organisation_id: z.string(),
    team_id: text,
    user_id: text,
    key_id: text,
    tags: arrayOf(z.string()),
    end_user: text,
    provider: z.string(),
    model: z.string(),
    model_asked: z.string(),
    cost_usd: z.string().nullable(),
    total_tokens: integerColumn,
  })
  .transform((row): UsageAdjusted => ({
    ...{ requestId: row.request_id, attempt: row.attempt, tenant: row.organisation_id, tags: row.tags },
    ...(row.team_id !== null && { teamId: row.team_id }),
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.key_id !== null && { keyId: row.key_id }),
    ...(row.end_user !== null && { endUser: row.end_user }),
    ...{
      provider: row.provider,
      model: row.model,
      modelAsked: row.model_asked,
      startedAtMs: row.ts.getTime(),
    },
    ...(row.cost_usd !== null && { nanoUsd: 0 - toNanoUsd(row.cost_usd) }),
    ...{ kind: 'corrected', tokens: 0 - row.total_tokens },
  }));

/**
 * Takes back what was charged for attempts of whose end nobody had told and whose usage came after all, where nobody else has done so
 * in ten minutes. Whoever does it twice does it once: the id is the charge's. Resolves with what was taken back.
 */
export async function addMissingCorrections(
  database: Queryable,
  bus: Pick<Bus, 'publishDurable'>,
): Promise<UsageAdjusted[]> {
  const missing = rows(rowSchema, await database.query(find));
  for (const correction of missing) {
    const { attempt, kind, requestId } = correction;
    bus.publishDurable(usageAdjusted, correction, `${requestId}:${attempt}:${kind}`);
  }
  return missing;
}
