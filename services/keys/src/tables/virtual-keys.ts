import type { listKeys } from '@weir/contracts/admin/virtual-keys';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { notFound } from '@weir/service-kit/admin/reach';
import { virtualKeyColumns, virtualKeyRowSchema, type VirtualKeyRow } from './virtual-key-rows.ts';

const here = 'id = $1 and deleted_at is null and ($2::text is null or organisation_id = $2)';

const find: Query = {
  name: 'virtual-keys.find',
  text: `select ${virtualKeyColumns} from virtual_keys k where ${here}`,
};

const lock: Query = {
  name: 'virtual-keys.lock',
  text: `select from virtual_keys where ${here} for no key update`,
};

const list: Query = {
  name: 'virtual-keys.list',
  text: `select ${virtualKeyColumns} from virtual_keys k
    where id > $1 and deleted_at is null
      and ($2::text is null or organisation_id = $2) and ($3::text is null or organisation_id = $3)
      and ($4::text is null or team_id = $4) and ($5::text is null or user_id = $5)
      and ($6::text is null or tags @> array[$6])
      and ($7::text is null or $7 = case when revoked_at is not null then 'revoked'
        when expires_at <= $8::timestamptz then 'expired' else 'active' end)
    order by id limit $9`,
};

const endedSecrets: Query = {
  name: 'virtual-keys.remove-ended-secrets',
  text: 'delete from virtual_key_secrets where valid_until < now()',
};

/** `reach` is the one organisation that whoever asks may reach, or null. Throws `not_found`. */
export async function findVirtualKey(
  database: Queryable,
  id: string,
  reach: string | null,
): Promise<VirtualKeyRow> {
  const [row] = rows(virtualKeyRowSchema, await database.query(find, [id, reach]));
  if (!row) throw notFound('virtual key', id);
  return row;
}

/** The same, and nobody else changes it until the transaction has ended. */
export async function lockVirtualKey(
  transaction: Queryable,
  id: string,
  reach: string | null,
): Promise<VirtualKeyRow> {
  // By a query of its own: one that has waited for a lock sees the secrets as they were before.
  await transaction.query(lock, [id, reach]);
  return findVirtualKey(transaction, id, reach);
}

interface ListOptions extends RequestOf<typeof listKeys> {
  readonly reach: string | null;
  /** For what is expired. */
  readonly nowMs: number;
}

/** In the order of their ids; one more than the limit, where there is one. */
export async function listVirtualKeys(database: Queryable, options: ListOptions): Promise<VirtualKeyRow[]> {
  const { after = '', limit, nowMs, organisation_id, reach, status, tag, team_id, user_id } = options;
  const values = [after, reach, organisation_id, team_id, user_id, tag, status, new Date(nowMs), limit + 1];
  return rows(
    virtualKeyRowSchema,
    await database.query(
      list,
      values.map((value) => value ?? null),
    ),
  );
}

/** Those whose grace period is over are accepted no more in any case. */
export async function removeEndedSecrets(database: Queryable): Promise<void> {
  await database.query(endedSecrets);
}
