import type { writeBudget } from '@weir/contracts/admin/budgets';
import { limitsKey } from '@weir/contracts/cost/limits';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { assertExpected, type BudgetChangeParts, changeBudget } from './budget-changes.ts';
import { insertBudget, lockBudget, updateBudget } from './budget-rows.ts';
import { ownerForChange, scopeFor, type ScopeOwnerParts } from './scope-owner.ts';
import { type ReadUsage, showBudget } from './shown-budget.ts';
import { openAlerts, storeWebhooks } from './webhook-secrets.ts';

interface WriteParts extends BudgetChangeParts {
  readonly owners: ScopeOwnerParts;
  readonly hostPolicy: HostPolicy;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
  readonly readUsage: ReadUsage;
}

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
        const isNew = await insertBudget(transaction, scope, owner);
        const row = await lockBudget(transaction, key, null);
        // Deleted since the insertion has found it.
        if (!row) throw new Fault('revision_conflict');
        const before = isNew ? undefined : row;
        assertExpected(before, expectedRevision);
        const webhooks = alerts
          ? storeWebhooks(alerts, row.webhooks, { hostPolicy, masterKeys, scopeKey: key })
          : row.webhooks;
        return { before, after: await updateBudget(transaction, key, { limits, contact, webhooks }) };
      },
      parts,
    );
    if (!after) throw new Fault('internal_error');
    return showBudget(after, readUsage);
  };
}
