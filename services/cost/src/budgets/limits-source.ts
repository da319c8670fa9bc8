import {
  installationScope,
  limitsKey,
  type Scope,
  type ScopeLimits,
  type spendingLimits,
} from '@weir/contracts/cost/limits';
import type { Store } from '@weir/service-kit/bus/store';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import { z } from 'zod';
import { type BudgetRow, findBudgets } from './budget-rows.ts';

const keysAfter: Query = {
  name: 'budgets.keys-after',
  text: 'select key from user_budgets where key > $1 order by key limit $2',
};

const keySchema = z.object({ key: z.string() });

/** The bucket `spending-limits`: each scope that has limits, and the installation last of all. */
export function limitsSource(
  database: Queryable,
  store: Store<typeof spendingLimits>,
): ProjectionSource<typeof spendingLimits> {
  return {
    store,
    load: async (keys) => {
      const found = await findBudgets(database, keys, null);
      return new Map(found.map((row) => [row.key, scopeLimitsOf(row)]));
    },
    idsAfter: async (after, limit) =>
      rows(keySchema, await database.query(keysAfter, [after, limit])).map(({ key }) => key),
    lastId: limitsKey(installationScope),
  };
}

export function scopeLimitsOf(row: BudgetRow): ScopeLimits {
  const { contact, limits, organisation_id, revision } = row;
  return {
    scope: scopeOf(row),
    limits,
    ...(contact !== null && { contact }),
    ...(organisation_id !== null && { organisation: organisation_id }),
    revision,
  };
}

export function scopeOf({ id, kind, organisation_id }: BudgetRow): Scope {
  const isNamedByCallers = kind === 'tag' || kind === 'end_user';
  return { kind, id, ...(isNamedByCallers && organisation_id !== null && { organisation: organisation_id }) };
}
