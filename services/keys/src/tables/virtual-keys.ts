import type { virtualKeyInputSchema } from '@weir/contracts/admin/virtual-keys';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import type { z } from 'zod';
import { notFound } from '../domain/reach.ts';
import { digestOf, lastFourOf, type Secret } from '../domain/secret.ts';
import type { Installation } from '../vault/installation.ts';
import { virtualKeyColumns, virtualKeyRowSchema, type VirtualKeyRow } from './virtual-key-rows.ts';

/** A key as it is asked for, for an organisation that is known. */
export type NewVirtualKey = Omit<z.output<typeof virtualKeyInputSchema>, 'organisation_id'> & {
  readonly organisation_id: string;
};

const insert: Query = {
  name: 'virtual-keys.insert',
  text: `insert into virtual_keys (id, organisation_id, team_id, user_id, name, allowed_models, allowed_providers,
      allowed_configs, inline_configs, custom_hosts, config, guardrail_policy, allowed_addresses, metadata, tags, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing`,
};

const insertSecret: Query = {
  name: 'virtual-keys.insert-secret',
  text: `insert into virtual_key_secrets (virtual_key_id, version, digest, verification_key_id, last_four)
    select $1, coalesce(max(version), 0) + 1, $2, $3, $4 from virtual_key_secrets where virtual_key_id = $1`,
};

const find: Query = {
  name: 'virtual-keys.find',
  text: `select ${virtualKeyColumns} from virtual_keys k
    where k.id = $1 and k.deleted_at is null and ($2::text is null or k.organisation_id = $2)`,
};

/** False where there is or was one of this id. */
export async function insertVirtualKey(
  transaction: Queryable,
  id: string,
  key: NewVirtualKey,
): Promise<boolean> {
  const { rowCount } = await transaction.query(insert, [
    ...[
      id,
      key.organisation_id,
      key.team_id,
      key.user_id,
      key.name,
      key.allowed_models,
      key.allowed_providers,
    ],
    ...[key.allowed_configs, key.inline_configs, key.custom_hosts, key.config, key.guardrail_policy],
    ...[key.allowed_addresses, JSON.stringify(key.metadata), key.tags, key.expires_at],
  ]);
  return rowCount === 1;
}

export async function insertVirtualKeySecret(
  transaction: Queryable,
  { id, key }: Secret,
  { verificationKey, verificationKeyId }: Installation,
): Promise<void> {
  const digest = digestOf(key, verificationKey);
  await transaction.query(insertSecret, [id, digest, verificationKeyId, lastFourOf(key)]);
}

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
