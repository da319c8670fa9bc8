import { priceKey, storedPrices, type StoredPrice } from '@weir/contracts/cost/prices';
import { compilePrice, withId } from '@weir/pricing/compile-price';
import { PriceBook } from '@weir/pricing/price-book';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: NatsTestServer;
const buses: ServiceBus[] = [];
beforeAll(async () => {
  server = await startNats({ config: 'weir' });
  for (const service of ['cost', 'router', 'router']) {
    buses.push(await connectTestBus({ url: server.urlFor(service), service }));
  }
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await server.close();
});

test("a price that the cost service writes is every router's in under a second, and gone as fast", async () => {
  const [writer, ...followers] = await Promise.all(buses.map((bus) => bus.store(storedPrices)));
  const books = followers.map((store) => {
    const book = new PriceBook();
    book.follow(store);
    return book;
  });
  const host = { name: 'acme', baseUrl: 'http://acme', isOwnHost: false };
  const ids = () => books.map((book) => book.find(host, 'org/large:8b', 2)?.id);
  const price = withId('acme/org/large:8b@override-', compilePrice({ input: 1, output: 2 }));
  const stored: StoredPrice = {
    origin: 'override',
    provider: 'acme',
    model: 'org/large:8b',
    prices: [{ price, fromMs: 1 }],
    writtenAtMs: 1,
  };
  await writer?.put(priceKey(stored), stored);
  await eventually(() => {
    expect(ids()).toEqual([price.id, price.id]);
  }, 1_000);
  await writer?.delete(priceKey(stored));
  await eventually(() => {
    expect(ids()).toEqual([undefined, undefined]);
  }, 1_000);
});
