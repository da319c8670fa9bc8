import type { virtualKeyInputSchema } from '@weir/contracts/admin/virtual-keys';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import type { z } from 'zod';
import { digestOf, lastFourOf, type Secret } from '../domain/secret.ts';
import type { Installation } from '../vault/installation.ts';
import type { VirtualKeyRow } from './virtual-key-rows.ts';

/** A key as it is asked for, for an organisation that is known. */
export type NewVirtualKey = Omit<z.output<typeof virtualKeyInputSchema>, 'organisation_id'> & {
  readonly organisation_id: string;
};

/** What may be decided anew. */
type Decided = Omit<NewVirtualKey, 'organisation_id'>;

const decided = `name, team_id, user_id, allowed_models, allowed_providers, allowed_configs, inline_configs, custom_hosts,
  config, guardrail_policy, cache, allowed_addresses, metadata, tags, expires_at`;

const insert: Query = {
  name: 'virtual-keys.insert',
  text: `insert into virtual_keys (id, organisation_id, ${decided})
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict (id) do nothing`,
};

const update: Query = {
  name: 'virtual-keys.update',
  text: `update virtual_keys set (${decided}) = row ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16),
    revision = revision + 1, updated_at = now() where id = $1`,
};

const touch: Query = {
  name: 'virtual-keys.touch',
  text: 'update virtual_keys set revision = revision + 1, updated_at = now() where id = $1',
};

const revoke: Query = {
  name: 'virtual-keys.revoke',
  text: 'update virtual_keys set revoked_at = now(), revision = revision + 1, updated_at = now() where id = $1',
};

const remove: Query = {
  name: 'virtual-keys.delete',
  text: 'update virtual_keys set deleted_at = now(), revision = revision + 1, updated_at = now() where id = $1',
};

const removeSecrets: Query = {
  name: 'virtual-keys.remove-secrets',
  text: 'delete from virtual_key_secrets where virtual_key_id = $1',
};

const insertSecret: Query = {
  name: 'virtual-keys.insert-secret',
  text: `insert into virtual_key_secrets (virtual_key_id, version, digest, verification_key_id, last_four)
    select $1, coalesce(max(version), 0) + 1, $2, $3, $4 from virtual_key_secrets where virtual_key_id = $1`,
};

// `least` passes over a null: the newest has no end yet.
const endSecrets: Query = {
  name: 'virtual-keys.end-secrets',
  text: `update virtual_key_secrets set valid_until = least(valid_until, now() + make_interval(secs => $2))
    where virtual_key_id = $1`,
};

/** False where there is or was one of this id. */
export async function insertVirtualKey(
  transaction: Queryable,
  id: string,
  key: NewVirtualKey,
): Promise<boolean> {
  const { rowCount } = await transaction.query(insert, [id, key.organisation_id, ...decidedValues(key)]);
  return rowCount === 1;
}

export async function updateVirtualKey(transaction: Queryable, key: VirtualKeyRow): Promise<void> {
  await transaction.query(update, [key.id, ...decidedValues(key)]);
}

/** For good. */
export async function revokeVirtualKey(transaction: Queryable, id: string): Promise<void> {
  await transaction.query(revoke, [id]);
}

/** What is left tells whose it was. */
export async function deleteVirtualKey(transaction: Queryable, id: string): Promise<void> {
  await transaction.query(remove, [id]);
  await transaction.query(removeSecrets, [id]);
}

export async function insertVirtualKeySecret(
  transaction: Queryable,
  { id, key }: Secret,
  { verificationKey, verificationKeyId }: Installation,
): Promise<void> {
  const digest = digestOf(key, verificationKey);
  await transaction.query(insertSecret, [id, digest, verificationKeyId, lastFourOf(key)]);
}

/** Adds a secret; the former ones end after the grace period, or when they would have without it. */
export async function rotateVirtualKey(
  transaction: Queryable,
  secret: Secret,
  graceSeconds: number,
  installation: Installation,
): Promise<void> {
  await transaction.query(endSecrets, [secret.id, graceSeconds]);
  await insertVirtualKeySecret(transaction, secret, installation);
  await transaction.query(touch, [secret.id]);
}

function decidedValues(key: Decided): unknown[] {
  return [
    ...[key.name, key.team_id, key.user_id, key.allowed_models, key.allowed_providers, key.allowed_configs],
    ...[key.inline_configs, key.custom_hosts, key.config, key.guardrail_policy, key.cache],
    ...[key.allowed_addresses, JSON.stringify(key.metadata), key.tags, key.expires_at],
  ];
}
