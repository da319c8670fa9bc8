import { deleteBudget, listBudgets, readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { BudgetChangeParts } from './budget-changes.ts';
import { createDeleteBudget } from './delete-budget.ts';
import { createListBudgets } from './list-budgets.ts';
import { createReadBudget } from './read-budget.ts';
import type { ScopeOwnerParts } from './scope-owner.ts';
import type { ReadUsage } from '../domain/limit-usage.ts';
import { createWriteBudget } from './write-budget.ts';

interface BudgetParts extends BudgetChangeParts {
  readonly owners: ScopeOwnerParts;
  readonly hostPolicy: HostPolicy;
  readonly masterKeys: MasterKeys;
  readonly readUsage: ReadUsage;
}

/** All that administers budgets and rate limits. */
export function serveBudgets(bus: Pick<Bus, 'serve'>, parts: BudgetParts): void {
  const sealingKeys = sealingKeysOf(parts.masterKeys);
  const { publicKey } = sealingKeys;
  bus.serve(sealingKeyOf('cost'), () => ({ publicKey }));
  bus.serve(listBudgets, createListBudgets(parts));
  bus.serve(readBudget, createReadBudget(parts));
  bus.serve(writeBudget, createWriteBudget({ ...parts, sealingKeys }));
  bus.serve(deleteBudget, createDeleteBudget(parts));
}
