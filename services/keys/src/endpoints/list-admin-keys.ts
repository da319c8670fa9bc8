import type { listAdminKeys } from '@weir/contracts/admin/admin-keys';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { reachOf } from '@weir/service-kit/admin/reach';
import { listAdminKeyRows } from '../tables/admin-keys.ts';
import { toPage } from '@weir/service-kit/admin/page';

export function createListAdminKeys(database: Queryable): EndpointHandler<typeof listAdminKeys> {
  return async ({ data: { after = '', limit }, envelope }) =>
    toPage(await listAdminKeyRows(database, { after, reach: reachOf(envelope), limit: limit + 1 }), limit);
}
