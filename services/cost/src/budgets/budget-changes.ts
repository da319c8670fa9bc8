import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import type { Envelope } from '@weir/contracts/envelope';
import type { Database } from '@weir/service-kit/database/database';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { addToOutbox } from '@weir/service-kit/projection/outbox';
import type { Publisher } from '@weir/service-kit/projection/publisher';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import type { BudgetRow } from './budget-rows.ts';
import { scopeOf } from './limits-source.ts';
import { scopeText } from '@weir/contracts/cost/limits';

export interface BudgetChangeParts {
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly publisher: Pick<Publisher, 'publishBy'>;
  readonly changeLog: ChangeLog;
}

/** By which the projection knows budgets. */
export const budgetKind = 'budget';

interface Changed {
  readonly before: BudgetRow | undefined;
  readonly after: BudgetRow | undefined;
}

/**
 * Changes a budget: the row and what is to be projected in one transaction; then the bucket, so that a limit which was
 * acknowledged holds in every replica; then the audit log, which is told of it also where the bucket has to wait.
 */
export async function changeBudget(
  { action, key }: { readonly action: string; readonly key: string },
  envelope: Envelope,
  work: (transaction: Queryable) => Promise<Changed>,
  { changeLog, database, publisher }: BudgetChangeParts,
): Promise<Changed> {
  const { queued, ...changed } = await database.transaction(async (transaction) => ({
    ...(await work(transaction)),
    queued: await addToOutbox(transaction, [{ kind: budgetKind, id: key }]),
  }));
  const row = changed.after ?? changed.before;
  if (row) {
    changeLog.record(envelope, {
      action,
      organisation: row.organisation_id,
      target: { kind: 'budget', id: scopeText(scopeOf(row)) },
      before: stateOf(changed.before),
      after: stateOf(changed.after),
    });
  }
  await publisher.publishBy(envelope.deadlineAtMs, queued);
  return changed;
}

/** Throws `revision_conflict` where what is there is not what a change expects to find. */
export function assertExpected(before: BudgetRow | undefined, expected: ExpectedRevision): void {
  if (expected === undefined) return;
  if (expected === 'none' ? !before : before && (expected === 'any' || expected === before.revision)) return;
  throw new Fault('revision_conflict');
}

/** Of a webhook only the host is told: the rest of its URL may be a secret. */
function stateOf(row: BudgetRow | undefined): Record<string, unknown> | null {
  if (!row) return null;
  const { contact, limits, revision, webhooks } = row;
  return { limits, contact, webhooks: webhooks.map(({ url }) => new URL(url).host), revision };
}
