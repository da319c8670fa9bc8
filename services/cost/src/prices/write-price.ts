import type { writePrice } from '@weir/contracts/admin/prices';
import { priceKey, type DatedPrice, type storedPrices, type StoredPrice } from '@weir/contracts/cost/prices';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { stateOf, type Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { priceRecordOf, type CatalogueParts } from './price-catalogue.ts';
import { toOverride, toShownPrice } from './shown-price.ts';

interface Parts extends CatalogueParts {
  readonly store: Pick<Store<typeof storedPrices>, 'get' | 'unreadable' | 'put' | 'delete' | 'entries'>;
  readonly changeLog: ChangeLog;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** More of what held before is of no use: imports of usage reach back some months. */
const maxFormer = 32;

/** Sets a price from a moment on. What held before goes on holding for what began before. */
export function createWritePrice(parts: Parts): EndpointHandler<typeof writePrice> {
  const { store, changeLog, clock } = parts;
  return async ({ data, envelope }) => {
    const { provider, effective_from } = data;
    const nowMs = clock.nowMs();
    const fromMs = effective_from === undefined ? nowMs : Date.parse(effective_from);
    const key = priceKey({ origin: 'override', ...data });
    const entry = stateOf(store, key);
    // One that cannot be read is mended by being written over.
    const kept = entry?.fault ? undefined : entry?.value;
    const former = (kept?.prices ?? []).filter((each) => (each.fromMs ?? 0) < fromMs).slice(-maxFormer);
    const set: DatedPrice = { price: toOverride(data), fromMs };
    const model = kept?.model ?? data.model;
    const prices = [...former, set];
    const value: StoredPrice = { origin: 'override', provider, model, prices, writtenAtMs: nowMs };
    await store.put(key, value, { expectedRevision: entry?.revision ?? 0 });
    // Whoever sets a price has decided on the one that waits.
    const waiting = priceKey({ origin: 'quarantined', ...data });
    if (stateOf(store, waiting)) await store.delete(waiting);
    const before = kept?.prices.at(-1);
    changeLog.record(envelope, {
      action: 'price.write',
      organisation: null,
      target: { kind: 'price', id: `${provider}/${model}` },
      before: before ? toShownPrice(before) : null,
      after: toShownPrice(set),
    });
    return priceRecordOf(parts, { provider, model }, nowMs);
  };
}
