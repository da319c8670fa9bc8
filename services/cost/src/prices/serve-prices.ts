import { deletePrice, exportPrices, listPrices, syncPrices, writePrice } from '@weir/contracts/admin/prices';
import type { storedPrices } from '@weir/contracts/cost/prices';
import type { PriceBook } from '@weir/pricing/price-book';
import type { Bus, EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { createDeletePrice } from './delete-price.ts';
import { createExportPrices } from './export-prices.ts';
import { createListPrices } from './list-prices.ts';
import type { PriceSource } from './price-source.ts';
import { PriceSync } from './price-sync.ts';
import { createWritePrice } from './write-price.ts';

interface Parts {
  readonly book: PriceBook;
  readonly store: Store<typeof storedPrices>;
  readonly source: PriceSource | undefined;
  /** How often it is synced without being asked; never without it. */
  readonly syncIntervalMs: number | undefined;
  readonly changeLog: ChangeLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All that administers prices, and the sync. Any replica answers: each has the same. Returns what stops the sync. */
export function servePrices(bus: Pick<Bus, 'serve'>, parts: Parts): () => void {
  const { source, syncIntervalMs, clock, logger } = parts;
  const sync = new PriceSync(parts);
  bus.serve(listPrices, createListPrices(parts));
  bus.serve(exportPrices, createExportPrices(parts));
  bus.serve(writePrice, createWritePrice(parts));
  bus.serve(deletePrice, createDeletePrice(parts));
  bus.serve(syncPrices, createSyncPrices(sync, parts));
  if (!source || syncIntervalMs === undefined) return () => undefined;
  return clock.every(syncIntervalMs, () => {
    sync.run().then(
      (outcome) => {
        logger.info(outcome, 'prices were synced');
      },
      (error: unknown) => {
        logger.error({ error }, 'prices could not be synced: those that are known go on holding');
      },
    );
  });
}

function createSyncPrices(
  sync: PriceSync,
  { source, changeLog }: Pick<Parts, 'source' | 'changeLog'>,
): EndpointHandler<typeof syncPrices> {
  return async ({ data: { accept = [] }, envelope }) => {
    const outcome = await sync.run((name) => accept.includes('*') || accept.includes(name));
    changeLog.record(envelope, {
      action: 'price.sync',
      organisation: null,
      target: { kind: 'prices', id: 'all' },
      before: null,
      after: { ...outcome, ...(accept.length > 0 && { accept }) },
    });
    return { source: source ? new URL(source.url).origin : null, ...outcome };
  };
}
