import { adminKeySchema } from '@weir/contracts/admin/admin-keys';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { notFound } from '@weir/service-kit/admin/reach';
import { digestOf, lastFourOf, prefixOf, type Secret } from '../domain/secret.ts';
import type { Installation } from '../vault/installation.ts';
import { timeColumn } from './virtual-key-rows.ts';

export type AdminKey = z.output<typeof adminKeySchema>;

const columns = 'id, name, scopes, organisation_id, last_four, expires_at, created_at';

const insert: Query = {
  name: 'admin-keys.insert',
  text: `insert into admin_keys (id, name, scopes, organisation_id, expires_at, digest, verification_key_id, last_four)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing returning ${columns}`,
};

const remove: Query = {
  name: 'admin-keys.delete',
  text: `update admin_keys set deleted_at = now()
    where id = $1 and deleted_at is null and ($2::text is null or organisation_id = $2) returning ${columns}`,
};

const lockLive: Query = {
  name: 'admin-keys.lock-live',
  text: 'select expires_at from admin_keys where id = $1 and deleted_at is null for share',
};

const list: Query = {
  name: 'admin-keys.list',
  text: `select ${columns} from admin_keys
    where id > $1 and deleted_at is null and ($2::text is null or organisation_id = $2) order by id limit $3`,
};

const rowSchema = adminKeySchema
  .omit({ prefix: true })
  .extend({ expires_at: timeColumn.nullable(), created_at: timeColumn })
  .transform((row): AdminKey => ({ ...row, prefix: prefixOf('admin', row.id) }));

/** Undefined where there is or was one of this id. */
export async function insertAdminKey(
  transaction: Queryable,
  { id, key }: Secret,
  asked: Pick<AdminKey, 'name' | 'scopes' | 'organisation_id' | 'expires_at'>,
  { verificationKey, verificationKeyId }: Installation,
): Promise<AdminKey | undefined> {
  const { expires_at, name, organisation_id, scopes } = asked;
  const digest = digestOf(key, verificationKey);
  const values = [id, name, scopes, organisation_id, expires_at, digest, verificationKeyId, lastFourOf(key)];
  const [made] = rows(rowSchema, await transaction.query(insert, values));
  return made;
}

/** Answers with what it was. `reach` is the one organisation that whoever asks may reach, or null. Throws `not_found`. */
export async function deleteAdminKeyRow(
  transaction: Queryable,
  id: string,
  reach: string | null,
): Promise<AdminKey> {
  const [deleted] = rows(rowSchema, await transaction.query(remove, [id, reach]));
  if (!deleted) throw notFound('admin key', id);
  return deleted;
}

const endSchema = z.object({ expires_at: timeColumn.nullable() });

/** When it expires; it is not deleted before the transaction has ended. Undefined where it is deleted, or never was. */
export async function lockLiveAdminKey(
  transaction: Queryable,
  id: string,
): Promise<z.output<typeof endSchema> | undefined> {
  const [found] = rows(endSchema, await transaction.query(lockLive, [id]));
  return found;
}

export async function listAdminKeyRows(
  database: Queryable,
  { after, limit, reach }: { readonly reach: string | null; readonly after: string; readonly limit: number },
): Promise<AdminKey[]> {
  return rows(rowSchema, await database.query(list, [after, reach, limit]));
}
