import { setImmediate } from 'node:timers/promises';
import type { listBudgets } from '@weir/contracts/admin/budgets';
import { toPageBy } from '@weir/service-kit/admin/page';
import { reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { type BudgetRow, listBudgetRows } from './budget-rows.ts';
import type { ReadUsage } from '../domain/limit-usage.ts';
import { showBudget, type ShownBudget } from './shown-budget.ts';

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
    return { ...page, data: await showBudgets(page.data, readUsage) };
  };
}

/** How many budgets' usage is read at once: whoever waits to be admitted is served by the same process and the same Redis. */
const sliceSize = 8;

async function showBudgets(rows: readonly BudgetRow[], readUsage: ReadUsage): Promise<ShownBudget[]> {
  const shown: ShownBudget[] = [];
  while (shown.length < rows.length) {
    const slice = rows.slice(shown.length, shown.length + sliceSize);
    shown.push(...(await Promise.all(slice.map((row) => showBudget(row, readUsage)))));
    await setImmediate();
  }
  return shown;
}
