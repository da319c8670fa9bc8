import type { deleteConfig } from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { configChange, configNotFound, toWriteOptions } from '../configs/config-record.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'get' | 'delete'>;
  readonly changeLog: ChangeLog;
  readonly masterKeys: MasterKeys;
}

/** Its former states are kept, so that it can be brought back. */
export function createDeleteConfig({
  store,
  changeLog,
  masterKeys,
}: Dependencies): EndpointHandler<typeof deleteConfig> {
  return async ({ data: { name, expectedRevision }, envelope }) => {
    const deleted = store.get(name)?.value;
    if (!deleted) throw configNotFound(name);
    await store.delete(name, toWriteOptions(expectedRevision));
    changeLog.record(envelope, configChange('config.delete', name, { before: deleted }, masterKeys));
    return { name, deleted: true };
  };
}
