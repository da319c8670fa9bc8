import { limitsKey, type ScopeLimits, scopeLimitsSchema } from '@weir/contracts/cost/limits';
import { formatUsd } from '@weir/pricing/money';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DriftReport } from '../src/reconciliation/drift-report.ts';
import { Reconciliation } from '../src/reconciliation/reconciliation.ts';
import { entryOf, type LedgerTables, openLedgerTables } from './ledger-tables.ts';

let tables: LedgerTables;
beforeAll(async () => {
  tables = await openLedgerTables();
});
afterAll(() => tables.close());
beforeEach(async () => {
  await tables.clear();
  await tables.sql("update reconciliation set due_at = now(), rounds = 0, after_scope = ''");
});

const limitsOfKey = (id: string): ScopeLimits =>
  scopeLimitsSchema.parse({
    ...{ scope: { kind: 'key', id }, organisation: 'acme', revision: 1 },
    limits: [
      { unit: 'usd', limit: '10', window: 'month' },
      { unit: 'requests', limit: 5 },
    ],
  });

/** A reconciliation whose counters and ledger say what the test says, in nano-USD. */
function start(known: { counter?: () => number; ledger?: () => number; counted?: () => number } = {}) {
  const { counted = () => 7, counter = () => 0, ledger = () => 0 } = known;
  const clock = new FakeClock(Date.parse('2026-11-28T10:30:00Z'));
  const metrics = createMetrics('cost');
  const logger = createLogger({ service: 'cost', instance: 'test', level: 'silent' });
  const told = vi.spyOn(logger, 'error').mockImplementation(() => undefined);
  const alerts: { about: string; message: string }[] = [];
  const published: { data: unknown; id: string }[] = [];
  const reseeded: string[] = [];
  const checked: string[] = [];
  const usage = { unit: 'usd', model: '*', limit: '10', remaining: '0', held: '0' } as const;
  const parts = {
    ...{ clock, database: tables.database, intervalMs: 300_000, logger },
    bus: {
      publishDurable: (_event: unknown, data: unknown, id: string) => void published.push({ data, id }),
    },
    limits: () =>
      ['key00001', 'key00002'].map(limitsOfKey).map((each) => [limitsKey(each.scope), each] as const),
    readUsage: async ({ limits, scope }: ScopeLimits) => {
      checked.push(scope.id);
      const used = formatUsd(counter());
      return limits.map(() => ({ ...usage, scope: 'key', used, windowStartMs: 0, resetAtMs: 1e13 }));
    },
    spent: {
      read: async () => ({ throughSequence: 7, streamCreatedAt: 'now', used: new Map([[0, ledger()]]) }),
    },
    countedThrough: async () => counted(),
    report: new DriftReport({ alerts: { notify: (alert) => void alerts.push(alert) }, logger, metrics }),
    reseed: async ({ scope }: ScopeLimits) => void reseeded.push(scope.id),
  };
  const reconciliation = new Reconciliation(parts);
  /** A round, through the pauses in which it waits. */
  const round = async () => {
    let isOver = false;
    const running = reconciliation.round().finally(() => {
      isOver = true;
    });
    await eventually(() => {
      if (!isOver) clock.advance(1_000);
      if (!isOver) throw new Error('it is still at work');
    }, 20_000);
    return running;
  };
  const metric = async (between: string) => {
    const line = (await metrics.expose())
      .split('\n')
      .find((one) => one.startsWith(`weir_cost_drift_usd{between="${between}"`));
    return Number(line?.split(' ').at(-1));
  };
  return { alerts, checked, clock, metric, published, reconciliation, reseeded, round, told };
}

const ts = new Date('2026-11-28T09:05:00Z');

describe('ledger and rollups', () => {
  test('that are the same are well, also while rows are on their way', async () => {
    await tables.enter([entryOf({ ts }), entryOf({ ts, cost_usd: null }), entryOf({ ts, tags: ['a', 'b'] })]);
    await tables.refresh();
    await tables.enter([entryOf({ ts })]);
    const { alerts, metric, round } = start();
    expect(await round()).toBe(true);
    expect(alerts).toEqual([]);
    expect(await metric('ledger_and_rollups')).toBe(0);
  });

  test.each([
    ['a quarter of an hour is lost', 'delete from usage_quarter_hourly', 1],
    [
      'money is changed',
      "update usage_quarter_hourly set cost_usd = cost_usd + 0.000000001 where model = 'm'",
      0.000000001,
    ],
    ['a count is changed', 'update usage_quarter_hourly set attempts = attempts + 1', 0],
    ['a day is lost', 'delete from usage_daily', 1],
  ])('that differ since %s are told of, and made anew', async (_, damage, usd) => {
    await tables.sql("insert into rollup_time_zones values ('acme', 'Asia/Ho_Chi_Minh')");
    await tables.enter([entryOf({ ts, model: 'm' })]);
    await tables.refresh();
    const [whole] = await tables.sql(
      'select sum(cost_usd) as quarters, (select sum(cost_usd) from usage_daily) as days from usage_quarter_hourly',
    );
    await tables.sql(damage);
    const { alerts, metric, round, told } = start();
    await round();
    expect(alerts).toMatchObject([{ about: 'ledger.drift' }]);
    expect(told).toHaveBeenCalledOnce();
    expect(await metric('ledger_and_rollups')).toBeGreaterThanOrEqual(usd);
    await tables.refresh();
    const [mended] = await tables.sql(
      'select sum(cost_usd) as quarters, (select sum(cost_usd) from usage_daily) as days from usage_quarter_hourly',
    );
    expect(mended).toEqual(whole);
    await tables.sql('update reconciliation set due_at = now()');
    const again = start();
    await again.round();
    expect(again.alerts).toEqual([]);
  });
});

test('what was charged as expired is taken back when its usage has come and nobody else has done so', async () => {
  const expired = {
    ts,
    entry: 'expired',
    cost_usd: '2.5',
    total_tokens: 400,
    requests: 1,
    team_id: 'search',
  } as const;
  await tables.enter([
    entryOf({ ...expired, request_id: 'uncorrected', attempt: 2, tags: ['batch'] }),
    entryOf({ ts, request_id: 'uncorrected', attempt: 2 }),
    entryOf({ ...expired, request_id: 'corrected' }),
    entryOf({ ts, request_id: 'corrected' }),
    entryOf({ ...expired, entry: 'corrected', request_id: 'corrected', cost_usd: '-2.5' }),
    entryOf({ ...expired, request_id: 'lost' }),
  ]);
  await tables.refresh();
  const early = start();
  await early.round();
  expect(early.published).toEqual([]);
  await tables.sql("update llm_usage_log set entered_at = now() - interval '11 minutes'");
  await tables.sql('update reconciliation set due_at = now()');
  const { alerts, published, round } = start();
  await round();
  expect(published).toMatchObject([
    {
      id: 'uncorrected:2:corrected',
      data: {
        ...{ requestId: 'uncorrected', attempt: 2, kind: 'corrected', nanoUsd: -2_500_000_000, tokens: -400 },
        ...{ tenant: 'acme', teamId: 'search', tags: ['batch'], startedAtMs: ts.getTime() },
      },
    },
  ]);
  expect(alerts).toMatchObject([{ message: expect.stringContaining('$2.5') as string }]);
});

describe('counters and ledger', () => {
  test('that are the same are well', async () => {
    const { alerts, checked, round } = start({ counter: () => 5, ledger: () => 5 });
    await round();
    expect(alerts).toEqual([]);
    expect(new Set(checked)).toEqual(new Set(['key00001', 'key00002']));
  });

  test.each([
    ['too much', 7_000_000_000, '$2 too much'],
    ['too little', 1_000_000_000, '$4 too little'],
  ])('that differ are told of, and counted anew: %s', async (_, counter, words) => {
    const { alerts, metric, reseeded, round, told } = start({
      counter: () => counter,
      ledger: () => 5_000_000_000,
    });
    await round();
    expect(alerts).toMatchObject([
      { about: 'ledger.drift', message: expect.stringContaining(words) as string },
    ]);
    expect(told).toHaveBeenCalledOnce();
    expect(reseeded).toEqual(['key00001', 'key00002']);
    expect(await metric('ledger_and_counters')).toBeGreaterThan(3);
  });

  test('are well while usage comes, which one has a little before the other', async () => {
    let used = 0;
    const { alerts, round } = start({ counter: () => (used += 3), ledger: () => used + 1 });
    await round();
    expect(alerts).toEqual([]);
  });

  test('are not compared while the counters are behind, but for what they have too much', async () => {
    const { alerts, round } = start({ counter: () => 1, ledger: () => 5, counted: () => 6 });
    await round();
    expect(alerts).toEqual([]);
  });

  test('that are wrong for a moment are no drift', async () => {
    let reads = 0;
    const { alerts, round } = start({ counter: () => (reads++ < 4 ? 9 : 5), ledger: () => 5 });
    await round();
    expect(alerts).toEqual([]);
  });
});

test('one replica at a time compares, once in an interval', async () => {
  const replicas = [start(), start(), start()];
  const turns = await Promise.all(replicas.map(({ reconciliation }) => reconciliation.round()));
  expect(turns.filter((hadTurn) => hadTurn)).toHaveLength(1);
  expect(await start().round()).toBe(false);
});
