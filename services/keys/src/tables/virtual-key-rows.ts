import { virtualKeySchema } from '@weir/contracts/admin/virtual-keys';
import { arrayOf } from '@weir/contracts/collections';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { readKey } from '@weir/contracts/admin/virtual-keys';
import { z } from 'zod';
import { prefixOf } from '../domain/secret.ts';

export type VirtualKey = ReplyOf<typeof readKey>;

export const timeColumn = z.date().transform((date) => date.toISOString());

const own = virtualKeySchema.shape;

/** A row of `virtual_keys` with its secrets, as `virtualKeyColumns` reads it. */
export const virtualKeyRowSchema = z.object({
  id: own.id,
  organisation_id: own.organisation_id,
  team_id: own.team_id,
  user_id: own.user_id,
  name: own.name,
  allowed_models: own.allowed_models,
  allowed_providers: own.allowed_providers,
  allowed_configs: own.allowed_configs,
  inline_configs: own.inline_configs,
  custom_hosts: own.custom_hosts,
  config: own.config,
  guardrail_policy: own.guardrail_policy,
  cache: own.cache,
  allowed_addresses: own.allowed_addresses,
  metadata: own.metadata,
  tags: own.tags,
  expires_at: timeColumn.nullable(),
  revoked_at: timeColumn.nullable(),
  revision: own.revision,
  created_at: timeColumn,
  updated_at: timeColumn,
  secrets: arrayOf(
    z.object({
      digest: z.string(),
      verification_key_id: z.string(),
      last_four: z.string(),
      // As JSON has them.
      created_at: z.string(),
      valid_until: z.string().nullable(),
    }),
  ),
});

export type VirtualKeyRow = z.output<typeof virtualKeyRowSchema>;

/** The columns of a key, and its secrets that are or may still be accepted, the newest first. */
export const virtualKeyColumns = `
  k.id, k.organisation_id, k.team_id, k.user_id, k.name, k.allowed_models, k.allowed_providers, k.allowed_configs,
  k.inline_configs, k.custom_hosts, k.config, k.guardrail_policy, k.cache, k.allowed_addresses, k.metadata, k.tags,
  k.expires_at, k.revoked_at, k.revision, k.created_at, k.updated_at,
  (select coalesce(json_agg(json_build_object('digest', s.digest, 'verification_key_id', s.verification_key_id,
      'last_four', s.last_four, 'created_at', s.created_at, 'valid_until', s.valid_until) order by s.version desc), '[]')
    from virtual_key_secrets s
    where s.virtual_key_id = k.id and (s.valid_until is null or s.valid_until > now())) as secrets`;

/** What admins see of it. */
export function toVirtualKey(row: VirtualKeyRow, nowMs: number): VirtualKey {
  const { secrets, ...columns } = row;
  return {
    ...columns,
    prefix: prefixOf('virtual', row.id),
    status: statusOf(row, nowMs),
    secrets: secrets.map(({ created_at, last_four, valid_until }) => ({
      last_four,
      created_at: new Date(created_at).toISOString(),
      valid_until: valid_until === null ? null : new Date(valid_until).toISOString(),
    })),
    budget_scopes: budgetScopesOf(row),
  };
}

function statusOf({ expires_at, revoked_at }: VirtualKeyRow, nowMs: number): VirtualKey['status'] {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Date.parse(expires_at) <= nowMs ? 'expired' : 'active';
}

function budgetScopesOf({ id, organisation_id, tags, team_id, user_id }: VirtualKeyRow): string[] {
  return [
    `organisation/${organisation_id}`,
    ...(team_id === null ? [] : [`team/${team_id}`]),
    ...(user_id === null ? [] : [`user/${user_id}`]),
    `key/${id}`,
    ...tags.map((tag) => `tag/${organisation_id}/${tag}`),
  ];
}
