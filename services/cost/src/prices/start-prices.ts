import { storedPrices } from '@weir/contracts/cost/prices';
import { PriceBook } from '@weir/pricing/price-book';
import { createGuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { ServiceDependencies } from '@weir/service-kit/service';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import type { CostConfig } from '../config.ts';
import { createPriceSource } from './price-source.ts';
import { servePrices } from './serve-prices.ts';

type Parts = Pick<ServiceDependencies<CostConfig>, 'bus' | 'clock' | 'config' | 'logger'> & {
  readonly changeLog: ChangeLog;
  readonly hostPolicy: HostPolicy;
};

/** For the whole of a document of prices, which may be some megabytes. */
const fetchTimeoutMs = 30_000;
const maxPriceListBytes = 32 * 1024 * 1024;

/** Prices as this replica has them, served and synced. Resolves with what stops the sync. */
export async function startPrices({
  bus,
  changeLog,
  clock,
  config,
  hostPolicy,
  logger,
}: Parts): Promise<() => void> {
  const { url, syncIntervalMs } = config.prices;
  const store = await bus.store(storedPrices);
  const book = new PriceBook();
  book.follow(store);
  const fetch = createGuardedFetch({ hostPolicy, timeoutMs: fetchTimeoutMs, maxBytes: maxPriceListBytes });
  const source = url === undefined ? undefined : createPriceSource({ url, fetch });
  return servePrices(bus, { book, store, source, syncIntervalMs, changeLog, clock, logger });
}
