import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { listConfigs } from '@weir/contracts/admin/routing-configs';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { ConfigLibrary } from '../configs/config-library.ts';
import { toConfigRecord } from '../configs/config-record.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'entries'>;
  readonly configs: Pick<ConfigLibrary, 'warningsOf'>;
  readonly masterKeys: MasterKeys;
}

/** A page ends after this, however many more were asked for: it has to fit into one message. */
const maxPageBytes = 4 * 1024 * 1024;

/** The stored configs by name. */
export function createListConfigs({
  store,
  configs,
  masterKeys,
}: Dependencies): EndpointHandler<typeof listConfigs> {
  return ({ data: { limit, after = '' } }) => {
    const data = [];
    let bytes = 0;
    for (const entry of store.entries()) {
      if (entry.key <= after) continue;
      if (data.length === limit || bytes >= maxPageBytes) {
        return { data, has_more: true, next: data.at(-1)?.name ?? null };
      }
      const record = toConfigRecord(entry, configs.warningsOf(entry.key), masterKeys);
      data.push(record);
      bytes += Buffer.byteLength(JSON.stringify(record));
    }
    return { data, has_more: false, next: null };
  };
}
