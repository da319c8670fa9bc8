import type { listKeys, readKey } from '@weir/contracts/admin/virtual-keys';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { reachOf } from '@weir/service-kit/admin/reach';
import { toPage } from '@weir/service-kit/admin/page';
import { toVirtualKey } from '../tables/virtual-key-rows.ts';
import { findVirtualKey, listVirtualKeys } from '../tables/virtual-keys.ts';

interface ReadKeysParts {
  readonly database: Queryable;
  readonly clock: Clock;
}

export function createListKeys({ clock, database }: ReadKeysParts): EndpointHandler<typeof listKeys> {
  return async ({ data, envelope }) => {
    const nowMs = clock.nowMs();
    const found = await listVirtualKeys(database, { ...data, nowMs, reach: reachOf(envelope) });
    return toPage(
      found.map((row) => toVirtualKey(row, nowMs)),
      data.limit,
    );
  };
}

export function createReadKey({ clock, database }: ReadKeysParts): EndpointHandler<typeof readKey> {
  return async ({ data: { id }, envelope }) =>
    toVirtualKey(await findVirtualKey(database, id, reachOf(envelope)), clock.nowMs());
}
