import type { deleteConfig } from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { configNotFound, toWriteOptions } from '../configs/config-record.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'get' | 'delete'>;
}

/** Its former states are kept, so that it can be brought back. */
export function createDeleteConfig({ store }: Dependencies): EndpointHandler<typeof deleteConfig> {
  return async ({ data: { name, expectedRevision } }) => {
    if (!store.get(name)) throw configNotFound(name);
    await store.delete(name, toWriteOptions(expectedRevision));
    return { name, deleted: true };
  };
}
