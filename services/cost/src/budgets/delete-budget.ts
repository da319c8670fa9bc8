import type { deleteBudget } from '@weir/contracts/admin/budgets';
import { limitsKey } from '@weir/contracts/cost/limits';
import { reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { assertExpected, type BudgetChangeParts, changeBudget } from './budget-changes.ts';
import { lockBudget, removeBudget, updateBudget } from './budget-rows.ts';
import { budgetNotFound } from './read-budget.ts';
import { assertMayChange, scopeFor } from './scope-owner.ts';

/** The installation's entry stays, without limits. */
export function createDeleteBudget(parts: BudgetChangeParts): EndpointHandler<typeof deleteBudget> {
  return async ({ data, envelope }) => {
    const scope = scopeFor(data, envelope);
    const key = limitsKey(scope);
    const reach = reachOf(envelope);
    await changeBudget(
      { action: 'budget.delete', key },
      envelope,
      async (transaction) => {
        const before = await lockBudget(transaction, key, reach);
        if (!before) throw budgetNotFound(scope);
        assertMayChange(scope, envelope);
        assertExpected(before, data.expectedRevision);
        if (scope.kind === 'installation') {
          await updateBudget(transaction, key, { limits: [], contact: null, webhooks: [] });
        } else await removeBudget(transaction, key);
        return { before, after: undefined };
      },
      parts,
    );
    return { scope: data.scope, id: data.id, deleted: true };
  };
}
