import type { ListedPrice, PriceList } from '@weir/contracts/cost/price-list';
import { storedPrices } from '@weir/contracts/cost/prices';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createPriceAdmin } from '../../test/prices/price-admin.ts';

/** A source that has one price, of gpt-4o: 2.50 and 10 come with the gateway. */
function aSource() {
  let gpt4o: ListedPrice = { input: 2.5, output: 10 };
  const read = (): PriceList => ({
    source: 'test',
    providers: {
      openai: {
        models: { 'gpt-4o': { prices: [gpt4o] }, 'gpt-next': { prices: [{ input: 9, output: 9 }] } },
      },
    },
  });
  return { read, has: (price: ListedPrice) => void (gpt4o = price) };
}

const kept: ListedPrice = {
  input: 2.6,
  output: 11,
  cacheRead: 1.3,
  tiers: { batch: 0.5, priority: 1.7 },
  webSearch: 0.01,
};

function synced(options: { syncIntervalMs?: number; store?: MemoryStore<typeof storedPrices> } = {}) {
  const source = aSource();
  const admin = createPriceAdmin({ source: source.read, ...options });
  return { ...admin, has: source.has, gpt4o: () => admin.inputUsd('openai', 'gpt-4o') };
}

test('what has moved a little, and models that are new, are taken over; to sync again changes nothing', async () => {
  const { sync, has, gpt4o, inputUsd, store } = synced();
  has(kept);
  expect(await sync()).toMatchObject({ changed: 2, accepted: 0, quarantined: 0 });
  expect([gpt4o(), inputUsd('openai', 'gpt-next')]).toEqual([2.6, 9]);
  const revisions = [...store.entries()].map(({ revision }) => revision);
  expect(await sync()).toMatchObject({ changed: 0 });
  expect([...store.entries()].map(({ revision }) => revision)).toEqual(revisions);
});

test('a price that moves by more than 20% waits, is listed, and holds once it is accepted', async () => {
  const { sync, has, gpt4o, list, changes } = synced();
  has({ ...kept, input: 3.01 });
  expect(await sync()).toMatchObject({ changed: 1, quarantined: 1 });
  expect(gpt4o()).toBe(2.5);
  const waiting = await list({ quarantined: 'true' });
  expect(waiting.data).toMatchObject([
    {
      model: 'gpt-4o',
      price: { input: '2.5' },
      quarantined: { moved_percent: 20.4, price: { input: '3.01' } },
    },
  ]);
  expect(await sync({ accept: ['openai/other'] })).toMatchObject({ accepted: 0, quarantined: 1 });
  expect(await sync({ accept: ['openai/gpt-4o'] })).toMatchObject({
    changed: 0,
    accepted: 1,
    quarantined: 0,
  });
  expect(gpt4o()).toBe(3.01);
  expect(changes.at(-1)).toMatchObject({
    action: 'price.sync',
    after: { accepted: 1, accept: ['openai/gpt-4o'] },
  });
});

test.each<[string, ListedPrice]>([
  ['for free', { ...kept, input: 0 }],
  ['in the output', { ...kept, output: 13.3 }],
  ['in what is read from the cache', { ...kept, cacheRead: 0.99 }],
  ['in a service tier', { ...kept, tiers: { batch: 0.5, priority: 2.2 } }],
  ['for long inputs', { ...kept, above: [[200_000, { input: 5, output: 11, cacheRead: 1.3 }]] }],
  ['for each search', { ...kept, webSearch: 0.02 }],
  ['later', { ...kept, input: 5, from: '2099-01-01' }],
])('a move that is too large waits wherever it is: %s', async (_, price) => {
  const { sync, has, gpt4o } = synced();
  has(kept);
  await sync();
  has(price);
  expect(await sync()).toMatchObject({ quarantined: 1 });
  expect(gpt4o()).toBe(2.6);
});

test('what waits is gone once the source has taken it back, or an admin has set a price', async () => {
  const { sync, has, set, gpt4o } = synced();
  has(kept);
  await sync();
  has({ ...kept, input: 5 });
  expect(await sync()).toMatchObject({ quarantined: 1 });
  has(kept);
  expect(await sync()).toMatchObject({ quarantined: 0, changed: 0 });
  has({ ...kept, input: 5 });
  await sync();
  await set({ provider: 'openai', model: 'gpt-4o', input: '4', output: '10' });
  expect(gpt4o()).toBe(4);
});

test('what an admin has set survives a sync, and what was synced holds where it is taken back', async () => {
  const { sync, has, set, remove, gpt4o } = synced();
  await set({ provider: 'openai', model: 'gpt-4o', input: '4', output: '10' });
  has(kept);
  await sync();
  expect(gpt4o()).toBe(4);
  await remove({ provider: 'openai', model: 'gpt-4o' });
  expect(gpt4o()).toBe(2.6);
});

test('where there is nothing to sync from, or the source fails, prices stay and what waits can still be told', async () => {
  const nowhere = createPriceAdmin();
  expect(await nowhere.sync()).toEqual({ source: null, changed: 0, accepted: 0, quarantined: 0 });
  const failing = createPriceAdmin({
    source: () => {
      throw new Error('is away');
    },
  });
  await expect(failing.sync()).rejects.toThrow();
  expect(failing.inputUsd('openai', 'gpt-4o')).toBe(2.5);
});

test('prices are synced on their own as often as is set, and another replica has them without syncing', async () => {
  const store = new MemoryStore(storedPrices);
  const { clock, has, gpt4o, stop } = synced({ syncIntervalMs: 60_000, store });
  const other = createPriceAdmin({ store });
  has(kept);
  clock.advance(60_000);
  await expect.poll(gpt4o).toBe(2.6);
  expect(other.inputUsd('openai', 'gpt-4o')).toBe(2.6);
  stop();
});
