import { accessSchema } from '@weir/contracts/admin/access-fields';
import type { tenants } from '@weir/contracts/keys/verification';
import { type TenantRecord } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import { accessPolicyOf } from './virtual-key-records.ts';
import { queryIds } from './ids.ts';

const all = `
  select 'organisation.' || id as id, null as organisation_id, status, time_zone, guardrail_policy, true as has_access,
    allowed_models, allowed_providers, allowed_configs, inline_configs, custom_hosts from organisations
  union all select 'team.' || id, organisation_id, status, null, null, false, null, null, null, true, null from teams
  union all select 'user.' || id, organisation_id, status, null, null, false, null, null, null, true, null from users`;

const load: Query = { name: 'tenants.load', text: `select * from (${all}) as tenant where id = any($1)` };

const idsAfter: Query = {
  name: 'tenants.ids-after',
  text: `select id from (${all}) as tenant where id > $1 order by id limit $2`,
};

const rowSchema = accessSchema.extend({
  id: z.string(),
  organisation_id: z.string().nullable(),
  status: z.enum(['active', 'suspended']),
  time_zone: z.string().nullable(),
  guardrail_policy: z.string().nullable(),
  has_access: z.boolean(),
});

/** The bucket `tenants`: every organisation, team and user. */
export function tenantSource(
  database: Queryable,
  store: Store<typeof tenants>,
): ProjectionSource<typeof tenants> {
  return {
    store,
    load: (ids) => loadTenants(database, ids),
    idsAfter: (after, limit) => queryIds(database, idsAfter, [after, limit]),
  };
}

/** By `organisation.<id>`, `team.<id>` and `user.<id>`. */
export async function loadTenants(
  database: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TenantRecord>> {
  const found = rows(rowSchema, await database.query(load, [ids]));
  return new Map(
    found.map(({ guardrail_policy, has_access, id, organisation_id, status, time_zone, ...access }) => [
      id,
      {
        suspended: status === 'suspended',
        ...(organisation_id !== null && { organisation: organisation_id }),
        ...(has_access && { access: accessPolicyOf(access) }),
        ...(time_zone !== null && { timeZone: time_zone }),
        ...(guardrail_policy !== null && { guardrailPolicy: guardrail_policy }),
      },
    ]),
  );
}

/** By which the tenants of a key are kept. */
export function tenantIdsOf(
  organisation: string,
  { teamId, userId }: { teamId?: string | undefined; userId?: string | undefined },
): string[] {
  return [
    `organisation.${organisation}`,
    ...(teamId === undefined ? [] : [`team.${teamId}`]),
    ...(userId === undefined ? [] : [`user.${userId}`]),
  ];
}
