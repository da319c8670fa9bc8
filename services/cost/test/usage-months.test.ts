import { createMetrics } from '@weir/service-kit/metrics';
import { FakeClock } from '@weir/testkit/fake-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entryOfAttempt } from '../src/ledger/ledger-entry.ts';
import { LedgerWriter } from '../src/ledger/ledger-writer.ts';
import { refreshRollups } from '../src/ledger/rollups.ts';
import { UsageMonths } from '../src/ledger/usage-months.ts';
import { attempt, openTables, silent, type Tables } from './ledger-harness.ts';

const now = Date.UTC(2026, 10, 28, 12);
let tables: Tables;
let clock: FakeClock;

beforeEach(async () => {
  tables = await openTables();
  clock = new FakeClock(now);
});

afterEach(() => tables.close());

function months(retentionMonths?: number) {
  const metrics = createMetrics('cost');
  const { database } = tables;
  const parts = { database, retentionMonths, clock, logger: silent, metrics };
  return { metrics, months: new UsageMonths(parts) };
}

const enter = (usageMonths: UsageMonths, ...timesMs: number[]) =>
  new LedgerWriter({ database: tables.database, months: usageMonths }).enter(
    timesMs.map((startedAtMs) => ({ entry: entryOfAttempt(attempt({ startedAtMs })), streamSequence: 1 })),
  );

/** How many rows are in which partition. */
const partitions = async () => {
  const rows = await tables.sql(
    'select tableoid::regclass::text as part, count(*)::int as rows from llm_usage_log group by 1 order by 1',
  );
  return Object.fromEntries(rows.map(({ part, rows: count }) => [String(part), Number(count)]));
};

const names = async () =>
  (
    await tables.sql(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'llm_usage_log'::regclass order by 1",
    )
  ).map(({ name }) => name);

const refresh = () => tables.database.transaction((transaction) => refreshRollups(transaction));

test('the months to come are there before they begin, whoever makes them first', async () => {
  const [one, other] = [months().months, months().months];
  await Promise.all([one.look(), other.look()]);
  const expected = [
    'llm_usage_log_2026_11',
    'llm_usage_log_2026_12',
    'llm_usage_log_2027_01',
    'llm_usage_log_default',
  ];
  expect(await names()).toEqual(expected);
  clock.advance(4 * 86_400_000);
  await one.look();
  expect(await names()).toContain('llm_usage_log_2027_02');
});

test('the last millisecond of a month and the first of the next lie in their own partitions, and late rows in theirs', async () => {
  const { months: usageMonths } = months();
  await usageMonths.look();
  const december = Date.UTC(2026, 11);
  expect(await enter(usageMonths, december - 1, december, Date.UTC(2026, 3, 3), Date.UTC(2026, 3, 4))).toBe(
    4,
  );
  expect(await partitions()).toEqual({
    llm_usage_log_2026_04: 2,
    llm_usage_log_2026_11: 1,
    llm_usage_log_2026_12: 1,
  });
});

test('rows of a month that has no partition are kept, raise an alarm, and move once it has one', async () => {
  const { months: usageMonths, metrics } = months();
  await usageMonths.look();
  const future = Date.UTC(2027, 1, 2);
  expect(await enter(usageMonths, future, 0, future, 8.64e15)).toBe(4);
  await clock.advanceAsync(1_000);
  await expect.poll(() => metrics.expose()).toMatch(/weir_ledger_default_partition_rows\{service="cost"\} 4/);
  expect(await partitions()).toEqual({ llm_usage_log_default: 4 });
  expect(await refresh()).toBe(3);
  clock.advance(10 * 86_400_000);
  await usageMonths.look();
  expect(await partitions()).toEqual({ llm_usage_log_2027_02: 2, llm_usage_log_default: 2 });
  expect(await metrics.expose()).toMatch(/weir_ledger_default_partition_rows\{service="cost"\} 2/);
});

test('months that are older than what is kept are dropped once their rollups have them, which stay', async () => {
  const { months: keeping } = months();
  await keeping.look();
  const [august, september] = [Date.UTC(2026, 7, 31, 23, 59), Date.UTC(2026, 8)];
  await enter(keeping, august, august, september);
  const { months: dropping } = months(2);
  await dropping.look();
  expect(await partitions()).toEqual({ llm_usage_log_2026_08: 2, llm_usage_log_2026_09: 1 });
  await refresh();
  await dropping.look();
  expect(await partitions()).toEqual({ llm_usage_log_2026_09: 1 });
  const august31 = "select sum(requests)::int as requests from usage_daily where day = '2026-08-31'";
  expect(await tables.sql(august31)).toEqual([{ requests: 2 }]);
  // What comes later still is kept and seen, and does not take the place of what the rollups know.
  for (const usageMonths of [dropping, keeping, months().months]) await enter(usageMonths, august);
  await refresh();
  expect(await tables.sql(august31)).toEqual([{ requests: 2 }]);
  expect(await partitions()).toEqual({ llm_usage_log_2026_09: 1, llm_usage_log_default: 3 });
  expect(await tables.sql('select month::text from dropped_usage_months')).toEqual([{ month: '2026-08-01' }]);
});
