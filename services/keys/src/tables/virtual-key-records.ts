import type { AccessPolicy } from '@weir/contracts/access-policy';
import type { AccessFields } from '@weir/contracts/admin/access-fields';
import type { virtualKeys } from '@weir/contracts/keys/verification';
import { type VirtualKeyRecord } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import { virtualKeyColumns, virtualKeyRowSchema, type VirtualKeyRow } from './virtual-key-rows.ts';
import { queryIds } from './ids.ts';

const load: Query = {
  name: 'virtual-keys.load',
  text: `select ${virtualKeyColumns} from virtual_keys k
    where k.id = any($1) and k.deleted_at is null and k.revoked_at is null`,
};

const idsAfter: Query = {
  name: 'virtual-keys.ids-after',
  text: `select id from virtual_keys where id > $1 and deleted_at is null and revoked_at is null
    order by id limit $2`,
};

/** The bucket `virtual-keys`: every key that is neither revoked nor deleted. */
export function virtualKeySource(
  database: Queryable,
  store: Store<typeof virtualKeys>,
): ProjectionSource<typeof virtualKeys> {
  return {
    store,
    load: async (ids) =>
      new Map(
        rows(virtualKeyRowSchema, await database.query(load, [ids])).map((row) => [row.id, toRecord(row)]),
      ),
    idsAfter: (after, limit) => queryIds(database, idsAfter, [after, limit]),
  };
}

function toRecord(row: VirtualKeyRow): VirtualKeyRecord {
  const { cache, config, expires_at, guardrail_policy, id, metadata, organisation_id, secrets, tags } = row;
  const { allowed_addresses: addresses, team_id: teamId, user_id: userId } = row;
  return {
    organisation: organisation_id,
    caller: {
      keyId: id,
      ...(teamId !== null && { teamId }),
      ...(userId !== null && { userId }),
      ...(tags.length > 0 && { tags }),
    },
    secrets: secrets.map(({ digest, valid_until }) => ({
      digest,
      ...(valid_until !== null && { validUntilMs: Date.parse(valid_until) }),
    })),
    verificationKeyId: secrets[0]?.verification_key_id ?? '',
    ...(expires_at !== null && { expiresAtMs: Date.parse(expires_at) }),
    access: accessPolicyOf(row),
    ...(config !== null && { config }),
    ...(guardrail_policy !== null && { guardrailPolicy: guardrail_policy }),
    ...(cache !== null && { cache }),
    ...(addresses !== null && { addresses }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** The fields of a row as those who verify keys have them. */
export function accessPolicyOf(fields: AccessFields): AccessPolicy {
  const { allowed_configs, allowed_models, allowed_providers, custom_hosts, inline_configs } = fields;
  return {
    ...(allowed_models !== null && { models: allowed_models }),
    ...(allowed_providers !== null && { providers: allowed_providers }),
    ...(allowed_configs !== null && { configs: allowed_configs }),
    inlineConfigs: inline_configs,
    ...(custom_hosts !== null && { customHosts: custom_hosts }),
  };
}
