import type { Query, Queryable } from '../database/query.ts';
import { integerColumn, rows } from '../database/rows.ts';
import { z } from 'zod';

/** Something of which the bucket may not be what the database says yet. */
export interface OutboxItem<Kind extends string = string> {
  /** Of which of the projection's sources. */
  readonly kind: Kind;
  readonly id: string;
}

export interface OutboxRow extends OutboxItem {
  /** Grows whenever it is asked for again. */
  readonly request: number;
}

// The table is a migration of the service's: `kind text, id text, request bigint generated always as identity`, with the key
// `(kind, id)`.
const add: Query = {
  name: 'outbox.add',
  text: `insert into outbox (kind, id) select * from unnest($1::text[], $2::text[])
    on conflict (kind, id) do update set request = default
    returning kind, id, request`,
};

const list: Query = {
  name: 'outbox.list',
  text: 'select kind, id, request from outbox order by request limit $1',
};

const remove: Query = {
  name: 'outbox.remove',
  text: `delete from outbox using unnest($1::text[], $2::text[], $3::bigint[]) as done (kind, id, request)
    where outbox.kind = done.kind and outbox.id = done.id and outbox.request = done.request`,
};

const rowSchema = z.object({
  kind: z.string(),
  id: z.string(),
  request: integerColumn,
});

/** As a part of the transaction that changes the rows: a process that dies after it leaves the rest to the others. */
export async function addToOutbox(
  transaction: Queryable,
  items: readonly OutboxItem[],
): Promise<OutboxRow[]> {
  if (items.length === 0) return [];
  const values = [items.map(({ kind }) => kind), items.map(({ id }) => id)];
  return rows(rowSchema, await transaction.query(add, values));
}

export async function listOutbox(database: Queryable, limit: number): Promise<OutboxRow[]> {
  return rows(rowSchema, await database.query(list, [limit]));
}

/** What was asked for again in the meantime stays. */
export async function removeFromOutbox(database: Queryable, done: readonly OutboxRow[]): Promise<void> {
  if (done.length === 0) return;
  const values = [done.map(({ kind }) => kind), done.map(({ id }) => id), done.map(({ request }) => request)];
  await database.query(remove, values);
}
