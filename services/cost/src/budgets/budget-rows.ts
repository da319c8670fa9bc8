import { arrayOf } from '@weir/contracts/collections';
import { limitSchema, limitsKey, type Scope, scopeKinds } from '@weir/contracts/cost/limits';
import type { Limit, ScopeKind } from '@weir/contracts/cost/limits';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

/** A webhook as it is kept. Its URL may be a secret too, as Slack's are: it is in the token alone. */
const storedWebhookSchema = z.object({
  /** Made of the URL: the same wherever the URL is. */
  id: z.string(),
  host: z.string(),
  /** A Fernet token of the URL and of the secret. */
  token: z.string(),
  master_key_id: z.string(),
});

export type StoredWebhook = z.output<typeof storedWebhookSchema>;

const timeColumn = z.date().transform((date) => date.toISOString());

const rowSchema = z.object({
  /** As the bucket knows the scope: `limitsKey`. */
  key: z.string(),
  kind: z.enum(scopeKinds),
  id: z.string(),
  organisation_id: z.string().nullable(),
  limits: arrayOf(limitSchema),
  contact: z.string().nullable(),
  webhooks: arrayOf(storedWebhookSchema),
  revision: z.int(),
  created_at: timeColumn,
  updated_at: timeColumn,
  place: z.int(),
});

/** A row of `user_budgets`. */
export type BudgetRow = z.output<typeof rowSchema>;

const columns =
  'key, kind, id, organisation_id, limits, contact, webhooks, revision, created_at, updated_at, place';

const find: Query = {
  name: 'budgets.find',
  text: `select ${columns} from user_budgets where key = any($1) and ($2::text is null or organisation_id = $2)`,
};

const lock: Query = { name: 'budgets.lock', text: `${find.text} for update` };

const list: Query = {
  name: 'budgets.list',
  text: `select ${columns} from user_budgets
    where place > $1 and ($2::text is null or organisation_id = $2) and ($3::text is null or organisation_id = $3)
      and ($4::text is null or kind = $4)
    order by place limit $5`,
};

const insert: Query = {
  name: 'budgets.insert',
  text: `insert into user_budgets (key, kind, id, organisation_id) values ($1, $2, $3, $4) on conflict do nothing`,
};

const count: Query = {
  name: 'budgets.count',
  text: `select count(*)::int as count from user_budgets where organisation_id = $1`,
};

const countSchema = z.object({ count: z.int() });

const update: Query = {
  name: 'budgets.update',
  text: `update user_budgets set limits = $2, contact = $3, webhooks = $4,
      revision = nextval('user_budgets_revision'), updated_at = now()
    where key = $1 returning ${columns}`,
};

const remove: Query = { name: 'budgets.remove', text: 'delete from user_budgets where key = $1' };

/** `reach` is the one organisation that whoever asks may reach, or null. */
export async function findBudgets(
  database: Queryable,
  keys: readonly string[],
  reach: string | null,
): Promise<BudgetRow[]> {
  return rows(rowSchema, await database.query(find, [keys, reach]));
}

/** Nobody else changes it until the transaction has ended. */
export async function lockBudget(
  transaction: Queryable,
  key: string,
  reach: string | null,
): Promise<BudgetRow | undefined> {
  const [row] = rows(rowSchema, await transaction.query(lock, [[key], reach]));
  return row;
}

interface ListOptions {
  /** The place of the last one that was read. */
  readonly after: number;
  readonly reach: string | null;
  readonly organisation: string | null;
  readonly kind: ScopeKind | null;
  readonly limit: number;
}

/** In the order in which they were made; one more than the limit, where there is one. */
export async function listBudgetRows(database: Queryable, options: ListOptions): Promise<BudgetRow[]> {
  const { after, kind, limit, organisation, reach } = options;
  return rows(rowSchema, await database.query(list, [after, reach, organisation, kind, limit + 1]));
}

/** Whether it was not there. Whoever makes the same at the same time waits here until the first has committed. */
export async function insertBudget(
  transaction: Queryable,
  scope: Scope,
  organisation: string | null,
): Promise<boolean> {
  const values = [limitsKey(scope), scope.kind, scope.id, organisation];
  return (await transaction.query(insert, values)).rowCount === 1;
}

/** How many scopes of an organisation have limits. */
export async function countBudgets(database: Queryable, organisation: string): Promise<number> {
  const [row] = rows(countSchema, await database.query(count, [organisation]));
  return row?.count ?? 0;
}

export interface BudgetContent {
  readonly limits: readonly Limit[];
  readonly contact: string | null;
  readonly webhooks: readonly StoredWebhook[];
}

/** Resolves with the row as it is now, with a new revision. */
export async function updateBudget(
  transaction: Queryable,
  key: string,
  { contact, limits, webhooks }: BudgetContent,
): Promise<BudgetRow> {
  const values = [key, JSON.stringify(limits), contact, JSON.stringify(webhooks)];
  const [row] = rows(rowSchema, await transaction.query(update, values));
  if (!row) throw new Error('the row that was locked is gone');
  return row;
}

export async function removeBudget(transaction: Queryable, key: string): Promise<void> {
  await transaction.query(remove, [key]);
}
