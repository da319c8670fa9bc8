import type { readBudget } from '@weir/contracts/admin/budgets';
import type { Limit } from '@weir/contracts/cost/limits';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { LimitUsage, ReadUsage } from '../domain/limit-usage.ts';
import type { BudgetRow } from './budget-rows.ts';
import { scopeLimitsOf } from './limits-source.ts';

export type ShownBudget = ReplyOf<typeof readBudget>;
type ShownLimit = ShownBudget['limits'][number];

/** A budget for admins; without its usage where that cannot be told now. */
export async function showBudget(row: BudgetRow, readUsage: ReadUsage): Promise<ShownBudget> {
  const { contact, created_at, id, kind, organisation_id, revision, updated_at, webhooks } = row;
  const usages = row.limits.length === 0 ? [] : await readUsage(scopeLimitsOf(row)).catch(() => []);
  return {
    scope: kind,
    id,
    organisation_id,
    limits: row.limits.map((limit, index) => showLimit(limit, usages[index])),
    contact,
    alerts: { webhooks: webhooks.map(({ host, id: webhookId }) => ({ id: webhookId, host })) },
    revision,
    created_at,
    updated_at,
  };
}

function showLimit(limit: Limit, usage: LimitUsage | undefined): ShownLimit {
  const amount = (text: string) => (limit.unit === 'usd' ? text : Number(text));
  return {
    ...limit,
    usage: usage
      ? {
          used: amount(usage.used),
          held: amount(usage.held),
          remaining: amount(usage.remaining),
          window_start: timeOf(usage.windowStartMs),
          resets_at: timeOf(usage.resetAtMs),
        }
      : null,
  };
}

const timeOf = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
