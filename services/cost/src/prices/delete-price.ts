import type { deletePrice } from '@weir/contracts/admin/prices';
import { priceKey, type storedPrices } from '@weir/contracts/cost/prices';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { stateOf, type Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { toShownPrice } from './shown-price.ts';

interface Parts {
  readonly store: Pick<Store<typeof storedPrices>, 'get' | 'unreadable' | 'delete'>;
  readonly changeLog: ChangeLog;
}

/** Takes an override back, with what it was before and was to be later. */
export function createDeletePrice({ store, changeLog }: Parts): EndpointHandler<typeof deletePrice> {
  return async ({ data, envelope }) => {
    const key = priceKey({ origin: 'override', ...data });
    const entry = stateOf(store, key);
    if (!entry) throw noOverride(data);
    await store.delete(key, { expectedRevision: entry.revision });
    const { provider, model, prices } = entry.fault ? { ...data, prices: [] } : entry.value;
    const before = prices.at(-1);
    changeLog.record(envelope, {
      action: 'price.delete',
      organisation: null,
      target: { kind: 'price', id: `${provider}/${model}` },
      before: before ? toShownPrice(before) : null,
      after: null,
    });
    return { provider, model, deleted: true };
  };
}

function noOverride({ provider, model }: { provider: string; model: string }): Fault {
  const message = `No price is set for ${JSON.stringify(model)} at ${provider}; other prices cannot be deleted.`;
  return new Fault('not_found', { message, param: 'model' });
}
