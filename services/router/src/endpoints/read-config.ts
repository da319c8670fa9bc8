import type { readConfig } from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { ConfigLibrary } from '../configs/config-library.ts';
import { configNotFound, toConfigRecord } from '../configs/config-record.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'get'>;
  readonly configs: Pick<ConfigLibrary, 'warningsOf'>;
  readonly masterKeys: MasterKeys;
}

export function createReadConfig({
  store,
  configs,
  masterKeys,
}: Dependencies): EndpointHandler<typeof readConfig> {
  return ({ data: { name } }) => {
    const entry = store.get(name);
    if (!entry) throw configNotFound(name);
    return toConfigRecord(entry, configs.warningsOf(name), masterKeys);
  };
}
