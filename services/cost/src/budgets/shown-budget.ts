import type { readBudget } from '@weir/contracts/admin/budgets';
import type { LimitState } from '@weir/contracts/cost/admission';
import type { Limit, ScopeLimits } from '@weir/contracts/cost/limits';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { BudgetRow } from './budget-rows.ts';
import { scopeLimitsOf } from './limits-source.ts';

export type ShownBudget = ReplyOf<typeof readBudget>;
type ShownLimit = ShownBudget['limits'][number];

/** What is used of a limit now. Amounts are texts as in `LimitState`. */
export interface LimitUsage extends LimitState {
  readonly used: string;
  readonly held: string;
  /** Unix time in milliseconds; absent where the window has no beginning. */
  readonly windowStartMs?: number | undefined;
}

/** Tells what is used of a scope's limits now, in their order. Rejects where that cannot be told. */
export type ReadUsage = (limits: ScopeLimits) => Promise<readonly LimitUsage[]>;

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
