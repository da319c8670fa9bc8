import { priceListSchema } from '@weir/contracts/cost/price-list';
import { expect, test } from 'vitest';
import { createPriceAdmin } from '../../test/prices/price-admin.ts';

const acme = { provider: 'acme', model: 'org/large' };

test('prices that come with the gateway are listed with where they come from and their id, by provider and pattern', async () => {
  const { list } = createPriceAdmin();
  const { data } = await list({ provider: 'openai', model: 'gpt-5-mini*' });
  expect(data).toMatchObject([
    {
      provider: 'openai',
      model: 'gpt-5-mini',
      aliases: ['gpt-5-mini-2025-08-07'],
      origin: 'seed',
      price: {
        price_id: expect.stringMatching(/^openai\/gpt-5-mini@/) as string,
        effective_from: null,
        input: '0.25',
        output: '2',
        cache_read: '0.025',
        per_web_search: '0.01',
        service_tiers: { flex: { input: '0.125', output: '1', cache_read: '0.0125' } },
      },
      quarantined: null,
    },
  ]);
  const dated = await list({ provider: 'deepseek', model: 'deepseek-chat' });
  expect(dated.data[0]?.schedule.map(({ daily, input }) => [daily, input])).toEqual([
    [undefined, '0.135'],
    ['00:30-16:30 UTC', '0.27'],
  ]);
});

test('all prices can be read page by page, each once', async () => {
  const { list, book } = createPriceAdmin();
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: 500, ...(after !== undefined && { after }) });
    seen.push(...page.data.map(({ provider, model }) => `${provider}/${model}`));
    after = page.next ?? undefined;
  } while (after !== undefined);
  const all = book.providers.flatMap((provider) => book.modelsOf(provider));
  const names = all.map(({ provider, model }) => `${provider}/${model}`.toLowerCase());
  expect(seen.map((name) => name.toLowerCase())).toEqual([...new Set(names)].sort());
});

test('a price that is set holds at once, for a model with slashes in its name too, until it is taken back', async () => {
  const { set, remove, list, inputUsd } = createPriceAdmin();
  const record = await set({
    ...acme,
    input: '0.000000001',
    output: '12.5',
    cache_write_1h: '3',
    per_request: '0.005',
  });
  expect(record).toMatchObject({
    ...acme,
    origin: 'override',
    price: {
      price_id: expect.stringMatching(/^acme\/org\/large@override-[0-9a-f]{8}$/) as string,
      input: '0.000000001',
      output: '12.5',
      cache_write_1h: '3',
      per_request: '0.005',
    },
  });
  expect(inputUsd('acme', 'ORG/Large')).toBe(0.000000001);
  expect((await list({ provider: 'acme' })).data).toEqual([record]);
  await remove(acme);
  expect(inputUsd('acme', 'org/large')).toBeUndefined();
  await expect(remove(acme)).rejects.toMatchObject({ code: 'not_found' });
});

test('zero is a price that can be set, and half a price is none', async () => {
  const { set, inputUsd } = createPriceAdmin();
  await set({ provider: 'openai', model: 'gpt-4o', input: '0', output: '0' });
  expect(inputUsd('openai', 'gpt-4o')).toBe(0);
  await expect(set({ ...acme, input: '1' })).rejects.toThrow();
  await expect(set({ ...acme, input: '-1', output: '1' })).rejects.toThrow();
  await expect(set({ ...acme, input: '0.0000000001', output: '1' })).rejects.toThrow();
});

test('a price may be set for later, in place of what was set for later still; what held before holds until then', async () => {
  const { set, list, inputUsd, clock } = createPriceAdmin();
  const inHours = (hours: number) => new Date(clock.nowMs() + hours * 3_600_000).toISOString();
  await set({ ...acme, input: '1', output: '1' });
  await set({ ...acme, input: '3', output: '1', effective_from: inHours(2) });
  await set({ ...acme, input: '2', output: '1', effective_from: inHours(1) });
  const [record] = (await list({ provider: 'acme' })).data;
  expect(record?.price?.input).toBe('1');
  expect(record?.schedule.map(({ input }) => input)).toEqual(['1', '2']);
  expect(inputUsd('acme', 'org/large')).toBe(1);
  clock.advance(3_600_000);
  expect(inputUsd('acme', 'org/large')).toBe(2);
  clock.advance(7_200_000);
  expect(inputUsd('acme', 'org/large')).toBe(2);
});

test('each change is told to the audit log, with what it was before', async () => {
  const { set, remove, changes } = createPriceAdmin();
  await set({ ...acme, input: '1', output: '1' });
  await set({ ...acme, input: '2', output: '1' });
  await remove(acme);
  const target = { kind: 'price', id: 'acme/org/large' };
  expect(changes).toMatchObject([
    { action: 'price.write', target, before: null, after: { input: '1' } },
    { action: 'price.write', target, before: { input: '1' }, after: { input: '2' } },
    { action: 'price.delete', target, before: { input: '2' }, after: null },
  ]);
});

test('what one gateway exports is a list of prices from which another has the same, with the same ids', async () => {
  const one = createPriceAdmin();
  await one.set({ ...acme, input: '1', output: '2', service_tiers: { flex: { input: '0.5', output: '1' } } });
  const exported = priceListSchema.parse(await one.exportAll());
  const other = createPriceAdmin({ source: () => exported });
  expect(await other.sync()).toMatchObject({
    changed: 1,
    quarantined: 0,
    source: 'https://prices.example.com',
  });
  expect(other.inputUsd('acme', 'org/large')).toBe(1);
});
