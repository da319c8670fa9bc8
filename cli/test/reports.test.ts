import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCostReport, readForecast, type ReportRow } from '@weir/contracts/admin/reports';
import { importUsage, listUsage } from '@weir/contracts/admin/usage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CsvAnswer, type FakeGateway, startFakeGateway } from './fake-gateway.ts';
import { weir } from './weir-process.ts';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await startFakeGateway();
});
afterEach(() => gateway.close());

const run = (...args: string[]) => weir(args, gateway.environment);

const sums = {
  ...{ requests: 12, attempts: 13, errors: 1, cache_hits: 2, input_tokens: 900, cache_read_tokens: 0 },
  ...{
    cache_write_tokens: 0,
    output_tokens: 80,
    reasoning_tokens: 0,
    cost_usd: '1.25',
    estimated_attempts: 0,
    suspect_attempts: 0,
  },
  ...{ estimated_share: 0, unpriced_attempts: 3, cache_savings_usd: '0.5', routing_savings_usd: '-0.1' },
  ...{ semantic_cache_hits: 1, cache_saved_tokens: 700, cache_saved_seconds: 3.5 },
};
const nothing = {
  organisation: null,
  team: null,
  user: null,
  key: null,
  provider: null,
  tag: null,
  end_user: null,
};
const row: ReportRow = {
  ...sums,
  ...nothing,
  start: '2026-10-31T17:00:00.000Z',
  period: '2026-11',
  model: 'gpt-5-mini',
};

test('a report is a table of what it is grouped by, with what to know of it', async () => {
  const about = {
    from: '2026-10-31T17:00:00.000Z',
    to: '2026-11-28T17:00:00.000Z',
    time_zone: 'Asia/Ho_Chi_Minh',
  };
  gateway.answer(readCostReport, ({ after }) => ({
    ...{ ...about, complete_until: '2026-11-28T09:15:00.000Z', data: [row] },
    ...(after === undefined
      ? { total: sums, has_more: true, next: 'n' }
      : { total: null, has_more: false, next: null }),
  }));
  const { code, err, out } = await run(
    'reports',
    'cost',
    '--group-by',
    'model',
    '--interval',
    'month',
    '--from',
    '2026-11',
  );
  expect(code).toBe(0);
  expect(out.split('\n').slice(0, 2)).toEqual([
    'PERIOD   MODEL       REQUESTS  ATTEMPTS  ERRORS  CACHE HITS  INPUT TOKENS  OUTPUT TOKENS  COST USD  CACHE SAVINGS USD  CACHE SAVED SECONDS  ROUTING SAVINGS USD',
    '2026-11  gpt-5-mini  12        13        1       2           900           80             1.25      0.5                3.5                  -0.1',
  ]);
  expect(err).toContain('Asia/Ho_Chi_Minh. Complete until 2026-11-28T09:15:00.000Z.');
  expect(err).toContain('In all 12 requests for $1.25.');
  expect(err).toContain('3 attempts have no price');
  expect(gateway.calls).toMatchObject([
    { fields: { group_by: 'model', interval: 'month', from: '2026-11' } },
    { fields: { after: 'n' } },
  ]);
});

test('CSV is written as the gateway sends it, and what was broken off is no success', async () => {
  gateway.answer(listUsage, () => {
    throw new CsvAnswer('ts,request_id\r\n2026,r1\r\n');
  });
  const whole = await run('usage', 'list', '--csv', '--key', 'abcd1234');
  expect(whole).toMatchObject({ code: 0, out: 'ts,request_id\r\n2026,r1\r\n' });
  expect(gateway.calls).toMatchObject([{ fields: { key: 'abcd1234', format: 'csv' } }]);
  gateway.answer(listUsage, () => {
    throw new CsvAnswer('ts,request_id\r\n', { isBrokenOff: true });
  });
  const broken = await run('usage', 'list', '--csv');
  expect(broken.code).toBe(1);
  expect(broken.err).toContain('what was written is not the whole');
});

test('a forecast has a line for each pace of each limit', async () => {
  const limit = { unit: 'usd', window: 'month', model: '*', limit: '10', used: '3', held: '0' } as const;
  gateway.answer(readForecast, ({ scope }) => ({
    ...{ scope, at: '2026-11-28T10:00:00.000Z' },
    data: [
      {
        ...{ ...limit, resets_at: '2026-12-01T00:00:00.000Z' },
        paces: [
          { hours: 24, used: '4', spent_at: '2026-11-29T22:00:00.000Z' },
          { hours: 168, used: '1', spent_at: null },
        ],
      },
    ],
  }));
  const { out } = await run('reports', 'forecast', 'key/abcd1234');
  expect(out).toContain('4 in 24h   2026-11-29T22:00:00.000Z');
  expect(out).toContain('1 in 168h  not in its window');
});

test("a provider's export is compared, and the exit code says whether the ledger is within 1%", async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'weir-')), 'costs.csv');
  await writeFile(file, 'start_time,amount_value\n1,2\n');
  const side = { requests: null, input_tokens: null, output_tokens: null };
  const total = {
    ...{ provider: { ...side, cost_usd: '2' }, ledger: { ...side, cost_usd: '2.1' } },
    ...{ difference: '0.1', difference_percent: 5 },
  };
  gateway.answer(importUsage, () => ({
    format: 'openai-costs' as const,
    unit: 'usd' as const,
    ...{ from: '2026-11-01', to: '2026-11-01', total, unpriced_attempts: 0 },
    ...{ within_one_percent: false, unassigned: { rows: 0, cost_usd: '0' } },
    worst: { day: '2026-11-01', model: 'gpt-5-mini', difference: '0.5', difference_percent: 50 },
    data: [{ day: '2026-11-01', model: 'gpt-5-mini', ...total }],
  }));
  const { code, err, out } = await run('usage', 'import', file, '--provider', 'openai');
  expect(code).toBe(1);
  expect(err).toContain('not within 1% of what the provider says: in all it differs by 5%.');
  expect(err).toContain('It differs most for gpt-5-mini on 2026-11-01: 0.5 usd.');
  expect(out).toContain('in all      -           2         2.1     0.1         5%');
  expect(gateway.calls).toMatchObject([
    { fields: { provider: 'openai', content: 'start_time,amount_value\n1,2\n' } },
  ]);
});
