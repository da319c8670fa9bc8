import type { listStoredCredentials } from '@weir/contracts/admin/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { reachOf } from '@weir/service-kit/admin/reach';
import { listCredentialRows } from '../tables/credentials.ts';
import { toPage } from '@weir/service-kit/admin/page';

/** Those that are stored; an admin of one organisation sees its own, and not the shared ones. */
export function createListCredentials(database: Queryable): EndpointHandler<typeof listStoredCredentials> {
  return async ({ data: { after = '', limit, organisation_id = null, provider = null }, envelope }) => {
    const found = await listCredentialRows(database, {
      reach: reachOf(envelope),
      organisation: organisation_id,
      ...{ after, provider, limit: limit + 1 },
    });
    return toPage(found, limit);
  };
}
