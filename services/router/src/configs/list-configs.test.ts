import { routingConfigs } from '@weir/contracts/routing/buckets';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

const config = { provider: 'openai' };

test('configs are listed by name, and a page goes on where the one before it ended', async () => {
  const { list, write } = createConfigAdmin();
  for (const name of ['c', 'a', 'd', 'b', 'e']) await write(name, config);
  const names: string[][] = [];
  let page = await list({ limit: 2 });
  for (;;) {
    names.push(page.data.map(({ name }) => name));
    expect(page.has_more).toBe(page.next !== null);
    if (page.next === null) break;
    page = await list({ limit: 2, after: page.next });
  }
  expect(names).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('a page that is exactly full is the last where nothing follows it', async () => {
  const { list, write } = createConfigAdmin();
  expect(await list({ limit: 2 })).toEqual({ data: [], has_more: false, next: null });
  await write('a', config);
  await write('b', config);
  expect(await list({ limit: 2 })).toMatchObject({ has_more: false, next: null });
});

test('a page of large configs ends before it is too large for a message', async () => {
  const store = new MemoryStore(routingConfigs);
  const { list } = createConfigAdmin({ store });
  const value = { config: { ...config, override_params: { user: 'x'.repeat(60_000) } }, updatedAtMs: 0 };
  for (let index = 100; index < 300; index++) await store.put(`c${index}`, value);
  const first = await list({ limit: 500 });
  expect(JSON.stringify(first).length).toBeLessThan(5 * 1024 * 1024);
  expect(first).toMatchObject({ has_more: true, next: first.data.at(-1)?.name });
  const after = first.next ?? '';
  const rest = [...first.data, ...(await list({ limit: 500, after })).data];
  expect(new Set(rest.map(({ name }) => name)).size).toBeGreaterThan(first.data.length);
});

test('a config that cannot be used is listed with the reason, and hides no other', async () => {
  const store = new MemoryStore(routingConfigs);
  const { list, write } = createConfigAdmin({ store });
  store.putRaw('a', JSON.stringify({ config: { api_key: 'token', new_field: 1 }, updatedAtMs: 0 }));
  await write('b', config);
  const { data } = await list({ limit: 10 });
  expect(data).toMatchObject([
    {
      name: 'a',
      config: { api_key: '****', new_field: 1 },
      warnings: ['The routing config "a" cannot be used: new_field is not a known field.'],
    },
    { name: 'b', warnings: [] },
  ]);
});
