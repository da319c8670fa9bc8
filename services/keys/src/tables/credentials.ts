import { credentialSchema } from '@weir/contracts/admin/credentials';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { notFound } from '@weir/service-kit/admin/reach';
import type { Wrapped } from '../vault/key-wrapper.ts';
import { timeColumn } from './virtual-key-rows.ts';

export type Credential = z.output<typeof credentialSchema>;

const columns =
  'id, organisation_id, name, provider, enabled, last_four, version, revision, created_at, updated_at';

const insert: Query = {
  name: 'credentials.insert',
  text: `insert into provider_keys (id, organisation_id, name, provider, enabled, token, master_key_id, last_four)
    values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
};

const lock: Query = {
  name: 'credentials.lock',
  text: `select ${columns} from provider_keys
    where id = $1 and ($2::text is null or organisation_id = $2) for update`,
};

const update: Query = {
  name: 'credentials.update',
  text: `update provider_keys set name = $2, enabled = $3, revision = revision + 1, updated_at = now()
    where id = $1 returning ${columns}`,
};

const replaceKey: Query = {
  name: 'credentials.replace-key',
  text: `update provider_keys set token = $2, master_key_id = $3, last_four = $4, version = version + 1
    where id = $1`,
};

const remove: Query = { name: 'credentials.delete', text: 'delete from provider_keys where id = $1' };

const list: Query = {
  name: 'credentials.list',
  text: `select ${columns} from provider_keys
    where id > $1 and ($2::text is null or organisation_id = $2) and ($3::text is null or organisation_id = $3)
      and ($4::text is null or provider = $4)
    order by id limit $5`,
};

/** Without the token, which nobody needs who administers it. */
const rowSchema = z
  .object({ ...credentialSchema.shape, created_at: timeColumn, updated_at: timeColumn, version: z.int() })
  .transform(({ version, ...credential }) => ({ credential, version }));

/** As admins see it, and which of its real keys it is, from 1. */
export type CredentialRow = z.output<typeof rowSchema>;

/** A real key as it is kept. */
export interface KeptRealKey extends Wrapped {
  readonly lastFour: string;
}

export async function insertCredential(
  transaction: Queryable,
  {
    enabled,
    id,
    name,
    organisation_id,
    provider,
  }: Pick<Credential, 'id' | 'organisation_id' | 'name' | 'provider' | 'enabled'>,
  { keyId, lastFour, token }: KeptRealKey,
): Promise<CredentialRow> {
  const values = [id, organisation_id, name, provider, enabled, token, keyId, lastFour];
  return one(id, rows(rowSchema, await transaction.query(insert, values)));
}

/** Nobody else changes it until the transaction's end. `reach` is as everywhere. Throws `not_found`. */
export async function lockCredential(
  transaction: Queryable,
  id: string,
  reach: string | null,
): Promise<CredentialRow> {
  return one(id, rows(rowSchema, await transaction.query(lock, [id, reach])));
}

export async function updateCredentialRow(
  transaction: Queryable,
  { enabled, id, name }: Pick<Credential, 'id' | 'name' | 'enabled'>,
  key: KeptRealKey | undefined,
): Promise<CredentialRow> {
  if (key) await transaction.query(replaceKey, [id, key.token, key.keyId, key.lastFour]);
  return one(id, rows(rowSchema, await transaction.query(update, [id, name, enabled])));
}

export async function deleteCredentialRow(transaction: Queryable, id: string): Promise<void> {
  await transaction.query(remove, [id]);
}

interface ListOptions {
  /** Each is the one organisation whose credentials are listed; null for all. */
  readonly reach: string | null;
  readonly organisation: string | null;
  readonly provider: string | null;
  readonly after: string;
  readonly limit: number;
}

/** In the order in which they were made. */
export async function listCredentialRows(
  database: Queryable,
  { after, limit, organisation, provider, reach }: ListOptions,
): Promise<Credential[]> {
  const found = await database.query(list, [after, reach, organisation, provider, limit]);
  return rows(rowSchema, found).map(({ credential }) => credential);
}

function one(id: string, [row]: readonly CredentialRow[]): CredentialRow {
  if (!row) throw notFound('credential', id);
  return row;
}
