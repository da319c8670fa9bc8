import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deletePrice,
  exportPrices,
  listPrices,
  syncPrices,
  writePrice,
  type PriceRecord,
} from '@weir/contracts/admin/prices';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';
import { weir } from './weir-process.ts';

let gateway: FakeGateway;
let folder: string;
beforeEach(async () => {
  gateway = await startFakeGateway();
  folder = await mkdtemp(join(tmpdir(), 'weir-cli-'));
});
afterEach(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) => weir(['prices', ...args], gateway.environment);

const record: PriceRecord = {
  provider: 'acme',
  model: 'org/large',
  aliases: [],
  origin: 'override',
  price: { price_id: 'acme/org/large@override-1f0c62ab', effective_from: null, input: '0.8', output: '3.2' },
  schedule: [],
  quarantined: null,
};

test('a price is set by flags and files, for a model with a slash in its name, and deleted', async () => {
  gateway.answer(writePrice, () => record);
  gateway.answer(deletePrice, ({ provider, model }) => ({ provider, model, deleted: true as const }));
  const tiers = join(folder, 'tiers.json');
  await writeFile(tiers, '{"flex":{"input":"0.4","output":"1.6"}}');
  const prices = ['--input', '0.8', '--output', '3.2', '--cache-write-1h', '1', '--per-web-search', '0.01'];
  const set = await run('set', 'acme', 'org/large', ...prices, '--service-tiers', tiers);
  expect(set).toMatchObject({
    code: 0,
    out: 'acme/org/large costs $0.8 in and $3.2 out a million tokens now\n',
  });
  expect(await run('delete', 'acme', 'org/large', '--yes')).toMatchObject({
    code: 0,
    out: 'deleted acme/org/large\n',
  });
  const named = { provider: 'acme', model: 'org/large' };
  expect(gateway.calls.map(({ fields }) => fields)).toEqual([
    {
      ...named,
      input: '0.8',
      output: '3.2',
      cache_write_1h: '1',
      per_web_search: '0.01',
      service_tiers: { flex: { input: '0.4', output: '1.6' } },
    },
    named,
  ]);
});

test('a list says where each price comes from, and what waits', async () => {
  const price = { ...record.price, price_id: 'x', effective_from: null, input: '1.2', output: '3.2' };
  const waiting = { ...record, quarantined: { moved_percent: 50, price } };
  gateway.answer(listPrices, () => ({ data: [record, waiting], has_more: false, next: null }));
  const { out } = await run('list', '--provider', 'acme', '--model', 'org/*', '--quarantined', 'true');
  expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['PROVIDER', 'MODEL', 'INPUT', 'CACHED', 'OUTPUT', 'ORIGIN', 'PRICE ID', 'WAITS, MOVED %'],
    ['acme', 'org/large', '0.8', '-', '3.2', 'override', 'acme/org/large@override-1f0c62ab', '-'],
    ['acme', 'org/large', '0.8', '-', '3.2', 'override', 'acme/org/large@override-1f0c62ab', '50'],
    [''],
  ]);
  expect(gateway.calls[0]?.fields).toMatchObject({ provider: 'acme', model: 'org/*', quarantined: 'true' });
});

test('a sync says what has changed and what waits, and an export is JSON alone', async () => {
  gateway.answer(syncPrices, () => ({ source: null, changed: 0, accepted: 1, quarantined: 2 }));
  const sync = await run('sync', '--accept', 'openai/gpt-5,*');
  expect(sync).toMatchObject({ code: 0, out: '0 changed, 1 accepted, 2 wait\n' });
  expect(sync.err).toContain('set WEIR_PRICES_URL');
  expect(gateway.calls[0]?.fields).toEqual({ accept: ['openai/gpt-5', '*'] });
  const list = { source: 'Weir', providers: {} };
  gateway.answer(exportPrices, () => list);
  expect(JSON.parse((await run('export')).out)).toEqual(list);
});
