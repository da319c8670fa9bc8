import type { listConfigRevisions } from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { configNotFound, toConfigRevision } from '../configs/config-record.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'history'>;
  readonly masterKeys: MasterKeys;
}

/** All states of a config that are kept, the newest first: no more than the bucket's history, so there is one page. */
export function createListConfigRevisions({
  store,
  masterKeys,
}: Dependencies): EndpointHandler<typeof listConfigRevisions> {
  return async ({ data: { name } }) => {
    const history = await store.history(name);
    if (history.length === 0) throw configNotFound(name);
    const data = history.map((past) => toConfigRevision(past, masterKeys));
    return { data, has_more: false, next: null };
  };
}
