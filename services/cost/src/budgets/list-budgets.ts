import type { listBudgets } from '@weir/contracts/admin/budgets';
import { toPageBy } from '@weir/service-kit/admin/page';
import { reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { listBudgetRows } from './budget-rows.ts';
import { type ReadUsage, showBudget } from './shown-budget.ts';

interface ListParts {
  readonly database: Queryable;
  readonly readUsage: ReadUsage;
}

export function createListBudgets({ database, readUsage }: ListParts): EndpointHandler<typeof listBudgets> {
  return async ({ data: { after = '0', limit, organisation_id, scope }, envelope }) => {
    if (!/^\d{1,9}$/.test(after)) {
      throw new Fault('invalid_request', {
        message: 'after must be the "next" of the page before.',
        param: 'after',
      });
    }
    const rows = await listBudgetRows(database, {
      after: Number(after),
      reach: reachOf(envelope),
      organisation: organisation_id ?? null,
      kind: scope ?? null,
      limit,
    });
    const page = toPageBy(rows, limit, ({ place }) => String(place));
    return { ...page, data: await Promise.all(page.data.map((row) => showBudget(row, readUsage))) };
  };
}
