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

test('a name that has a price keeps it until a move is accepted, also where a sync makes it a model of its own', async () => {
  const nano = 'gpt-5-nano-2025-08-07';
  const source = (): PriceList => ({
    source: 'test',
    providers: { openai: { models: { [nano]: { prices: [{ input: 0, output: 0 }] } } } },
  });
  const { sync, inputUsd, list, alerts } = createPriceAdmin({ source });
  const before = inputUsd('openai', nano);
  expect(before).toBeGreaterThan(0);
  expect(await sync()).toMatchObject({ changed: 0, quarantined: 1 });
  expect(inputUsd('openai', nano)).toBe(before);
  expect((await list({ quarantined: 'true' })).data).toMatchObject([
    { model: nano, origin: 'seed', price: { input: String(before) }, quarantined: { moved_percent: 100 } },
  ]);
  expect(alerts).toHaveLength(1);
  expect(await sync({ accept: [`openai/${nano}`] })).toMatchObject({ accepted: 1, quarantined: 0 });
  expect(inputUsd('openai', nano)).toBe(0);
});

test('a name that a sync gives to another model as an alias is compared too', async () => {
  const source = (): PriceList => ({
    source: 'test',
    providers: {
      openai: {
        models: { cheap: { aliases: ['gpt-5-nano-2025-08-07'], prices: [{ input: 0, output: 0 }] } },
      },
    },
  });
  const { sync, inputUsd } = createPriceAdmin({ source });
  expect(await sync()).toMatchObject({ changed: 0, quarantined: 1 });
  expect(inputUsd('openai', 'cheap')).toBeUndefined();
});

test('the operator is alerted of a price in quarantine once, and again of another price', async () => {
  const { sync, has, alerts } = synced();
  has({ ...kept, input: 5 });
  await sync();
  await sync();
  expect(alerts).toMatchObject([
    { about: 'prices.quarantined', message: expect.stringContaining('openai/gpt-4o') as unknown },
  ]);
  // Another replica that does the same tells the same event.
  const other = synced();
  other.has({ ...kept, input: 5 });
  await other.sync();
  expect(other.alerts).toEqual(alerts);
  has({ ...kept, input: 6 });
  await sync();
  expect(new Set(alerts.map(({ id }) => id)).size).toBe(2);
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
