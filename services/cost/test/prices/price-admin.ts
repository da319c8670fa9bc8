import { deletePrice, exportPrices, listPrices, syncPrices, writePrice } from '@weir/contracts/admin/prices';
import { changeMade } from '@weir/contracts/audit-events';
import type { PriceList } from '@weir/contracts/cost/price-list';
import { storedPrices } from '@weir/contracts/cost/prices';
import type { DataOf, Endpoint, ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import { PriceBook } from '@weir/pricing/price-book';
import type { BodyHandler } from '@weir/service-kit/bus/bus';
import { createLogger } from '@weir/service-kit/logger';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { servePrices } from '../../src/prices/serve-prices.ts';

interface Options {
  /** What is synced from, each time that it is read; nothing without it. */
  readonly source?: () => PriceList;
  readonly syncIntervalMs?: number;
  readonly store?: MemoryStore<typeof storedPrices>;
}

const actor = { id: 'env', address: '192.0.2.1', sealingKey: 'XSECRET' };

/** One replica's part in keeping prices, without a bus: its price book, and its endpoints as functions. */
export function createPriceAdmin({ source, syncIntervalMs, store: given }: Options = {}) {
  const clock = new FakeClock();
  const store = given ?? new MemoryStore(storedPrices, { clock });
  const book = new PriceBook();
  book.follow(store);
  const changes: DataOf<typeof changeMade>[] = [];
  const publishDurable = (_event: unknown, data: unknown) => void changes.push(changeMade.data.parse(data));
  const served = new Map<string, BodyHandler<Endpoint>>();
  const bus = {
    serve: <E extends Endpoint>({ name }: E, handler: BodyHandler<E>) => void served.set(name, handler),
  };
  const alerts: { readonly about: string; readonly message: string; readonly id: string | undefined }[] = [];
  const stop = servePrices(bus, {
    alerts: { notify: ({ about, message }, id) => void alerts.push({ about, message, id }) },
    book,
    store,
    clock,
    source: source && { url: 'https://prices.example.com/v1', read: async () => source() },
    syncIntervalMs,
    changeLog: createChangeLog({ bus: { publishDurable }, clock }),
    logger: createLogger({ service: 'cost', instance: 'test', level: 'silent' }),
  });

  /** As the bus asks it: what goes in and what comes out is what the contract lets through. */
  const ask =
    <E extends Endpoint>(endpoint: E) =>
    async (input: unknown = {}): Promise<ReplyOf<E>> => {
      const data = endpoint.request.parse(input) as RequestOf<E>;
      const handler = served.get(endpoint.name);
      if (!handler) throw new Error(`${endpoint.name} is not served`);
      const envelope = { ...testEnvelope(), actor };
      const { signal } = new AbortController();
      const reply = await handler({ data, body: Buffer.from(JSON.stringify(data)), envelope, signal });
      return endpoint.reply.parse(reply) as ReplyOf<E>;
    };
  return {
    clock,
    store,
    book,
    alerts,
    changes,
    stop,
    list: ask(listPrices),
    exportAll: ask(exportPrices),
    set: ask(writePrice),
    remove: ask(deletePrice),
    sync: ask(syncPrices),
    /** Dollars for a million input tokens, as a router that follows the bucket charges them at this moment. */
    inputUsd: (provider: string, model: string) => {
      const host = { name: provider, baseUrl: 'http://test', isOwnHost: false };
      const price = book.find(host, model, clock.nowMs());
      return price && price.rates.input / 1_000_000_000;
    },
  };
}
