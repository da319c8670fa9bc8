import type { writeBudget } from '@weir/contracts/admin/budgets';
import { limitsKey, type Scope } from '@weir/contracts/cost/limits';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { assertExpected, type BudgetChangeParts, changeBudget } from './budget-changes.ts';
import {
  type BudgetRow,
  countBudgets,
  insertBudget,
  lockBudget,
  removeBudget,
  updateBudget,
} from './budget-rows.ts';
import { ownerForChange, scopeFor, type ScopeOwnerParts } from './scope-owner.ts';
import type { ReadUsage } from '../domain/limit-usage.ts';
import { showBudget } from './shown-budget.ts';
import { openAlerts, storeWebhooks } from './webhook-secrets.ts';

interface WriteParts extends BudgetChangeParts {
  readonly owners: ScopeOwnerParts;
  readonly hostPolicy: HostPolicy;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
  readonly readUsage: ReadUsage;
}

/** Of one organisation: every router holds all of them in memory. */
const maxBudgets = 10_000;

/** Limits may be below what is used already: then they refuse from now on. */
export function createWriteBudget(parts: WriteParts): EndpointHandler<typeof writeBudget> {
  const { hostPolicy, masterKeys, owners, readUsage, sealingKeys } = parts;
  return async ({ data, envelope }) => {
    const { contact, expectedRevision, limits, sealedAlerts } = data;
    const scope = scopeFor(data, envelope);
    const alerts = sealedAlerts === undefined ? undefined : openAlerts(sealedAlerts, sealingKeys);
    const owner = await ownerForChange(scope, envelope, owners);
    const key = limitsKey(scope);
    const write = { action: 'budget.write', key };
    const { after } = await changeBudget(
      write,
      envelope,
      async (transaction) => {
        const before = await lockForOwner(transaction, scope, owner);
        assertExpected(before, expectedRevision);
        const former = before?.webhooks ?? [];
        const webhooks = alerts
          ? storeWebhooks(alerts, former, { hostPolicy, masterKeys, scopeKey: key })
          : former;
        return { before, after: await updateBudget(transaction, key, { limits, contact, webhooks }) };
      },
      parts,
    );
    if (!after) throw new Fault('internal_error');
    return showBudget(after, readUsage);
  };
}

/**
 * The scope's row, which is there and locked from now on; undefined where it was made by this. What was set for a team or user of
 * the same id in another organisation, which is there no more, is that organisation's, and is not handed on.
 */
async function lockForOwner(
  transaction: Queryable,
  scope: Scope,
  owner: string | null,
): Promise<BudgetRow | undefined> {
  const key = limitsKey(scope);
  const isNew = await insertBudget(transaction, scope, owner);
  const row = await lockBudget(transaction, key, null);
  // Deleted since the insertion has found it.
  if (!row) throw new Fault('revision_conflict');
  if (!isNew && row.organisation_id === owner) return row;
  if (!isNew) {
    await removeBudget(transaction, key);
    await insertBudget(transaction, scope, owner);
  }
  // Counted without a lock: of those that are made at once a few may be too many.
  if (owner !== null && (await countBudgets(transaction, owner)) > maxBudgets) throw tooManyBudgets();
  return undefined;
}

function tooManyBudgets(): Fault {
  return new Fault('invalid_request', {
    message: `The organisation has limits for ${maxBudgets} scopes, which is the most: delete some, or limit all of its end users with the one scope "end_user/*".`,
    param: 'id',
  });
}
