import type { verifyKey, virtualKeys } from '@weir/contracts/keys/verification';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import { loadTenants, tenantIdsOf } from '../tables/tenant-records.ts';

interface VerifyKeyParts {
  readonly database: Queryable;
  readonly virtualKeySource: ProjectionSource<typeof virtualKeys>;
}

/** What the database says: for keys that a copy does not know. The secret does not come here. */
export function createVerifyKey({
  database,
  virtualKeySource,
}: VerifyKeyParts): EndpointHandler<typeof verifyKey> {
  return async ({ data: { keyId } }) => {
    const key = (await virtualKeySource.load([keyId])).get(keyId);
    if (!key) return { key: null, policies: [] };
    const tenants = [...(await loadTenants(database, tenantIdsOf(key.organisation, key.caller))).values()];
    if (tenants.some(({ suspended }) => suspended)) return { key: null, policies: [] };
    const [guardrailPolicy] = tenants.flatMap((tenant) => tenant.guardrailPolicy ?? []);
    return {
      key,
      policies: tenants.flatMap(({ access }) => access ?? []),
      ...(guardrailPolicy !== undefined && { guardrailPolicy }),
    };
  };
}
