import type { readBudget } from '@weir/contracts/admin/budgets';
import { limitsKey, type Scope, scopeText } from '@weir/contracts/cost/limits';
import { reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { findBudgets } from './budget-rows.ts';
import { scopeFor } from './scope-owner.ts';
import type { ReadUsage } from '../domain/limit-usage.ts';
import { showBudget } from './shown-budget.ts';

interface ReadParts {
  readonly database: Queryable;
  readonly readUsage: ReadUsage;
}

export function createReadBudget({ database, readUsage }: ReadParts): EndpointHandler<typeof readBudget> {
  return async ({ data, envelope }) => {
    const scope = scopeFor(data, envelope);
    const [row] = await findBudgets(database, [limitsKey(scope)], reachOf(envelope));
    if (!row) throw budgetNotFound(scope);
    return showBudget(row, readUsage);
  };
}

/** The same whether the scope has no limits, is not there, or is another organisation's. */
export function budgetNotFound(scope: Scope): Fault {
  return new Fault('not_found', {
    message: `${JSON.stringify(scopeText(scope).slice(0, 128))} has no limits.`,
  });
}
