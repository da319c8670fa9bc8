import { readCostReport } from '@weir/contracts/admin/reports';
import { listUsage } from '@weir/contracts/admin/usage';
import { createCostReport } from '@weir/cost/reports/cost-report';
import { createListUsage } from '@weir/cost/reports/list-usage';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { openDatabase } from '@weir/service-kit/database/database';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { startPostgres } from '@weir/testkit/servers/postgres';
import type { z } from 'zod';
import type { Measure } from '../report.ts';
import { days, plantUsage, until } from '../reports/plant-usage.ts';
import { quantile } from '../statistics.ts';

/** Fewer where a machine has neither the time nor the disk: about 8 GB and 15 minutes for all of them. */
const rowCount = Number(process.env['BENCH_LEDGER_ROWS'] ?? 10_000_000);
const rounds = 7;

type Report = z.input<(typeof readCostReport)['request']>;
type Usage = z.input<(typeof listUsage)['request']>;

const month = { from: '2026-10-29', to: '2026-11-28' };
const quarterOfYear = { from: '2026-08-31', to: '2026-11-28' };

const reports: Record<string, Report> = {
  'models by day': { ...month, group_by: 'model', interval: 'day' },
  'organisations by month': { ...quarterOfYear, group_by: 'organisation', interval: 'month' },
  'keys of 90 days': { ...quarterOfYear, group_by: 'key' },
  "an organisation's teams and models": {
    ...month,
    organisation_id: 'org3',
    group_by: 'team,model',
    interval: 'day',
  },
  "a key's days": { ...quarterOfYear, key: 'k0000003', interval: 'day' },
  'tags by day': { ...month, group_by: 'tag', interval: 'day' },
  "an organisation's end users": {
    from: '2026-11-21',
    to: '2026-11-28',
    organisation_id: 'org4',
    group_by: 'end_user',
  },
  'models by hour': { from: '2026-11-27', to: '2026-11-28', group_by: 'model', interval: 'hour' },
  'days of another time zone': {
    from: '2026-11-21',
    to: '2026-11-28',
    organisation_id: 'org3',
    time_zone: 'Asia/Kolkata',
    interval: 'day',
  },
  'the last 30 days to the quarter': {
    from: '2026-10-28T13:45:00Z',
    to: '2026-11-27T13:45:00Z',
    group_by: 'provider',
  },
};

const usages: Record<string, Usage> = {
  'the newest': {},
  'a busy key': { key: 'k0000001' },
  'a quiet key': { key: 'k0000999' },
  'a user': { user: 'user77' },
  'an organisation in a week': {
    organisation_id: 'org7',
    from: '2026-10-01T00:00:00Z',
    to: '2026-10-08T00:00:00Z',
  },
  'a rare model': { model: 'rare-model' },
  'a provider': { provider: 'provider2' },
  'what has failed': { outcome: 'upstream_error' },
  'a rare failure': { outcome: 'upstream_timeout' },
  'a rare failure of a key': { outcome: 'upstream_timeout', key: 'k0000001' },
  'a model that is not there': { model: 'no-such-model' },
  'a page of 500 of a key': { key: 'k0000002', limit: 500 },
};

/** Reports and the ledger's list over many rows, as the service answers them: the query, its rows parsed, the answer as JSON. */
export async function measureReports(): Promise<Measure[]> {
  const postgres = await startPostgres();
  const [settings] = parseConfig([databaseConfigSchema], {
    DATABASE_URL: postgres.url,
    WEIR_DATABASE_QUERY_TIMEOUT_MS: '600000',
  });
  const database = await openDatabase({
    settings,
    service: 'cost',
    migrations: new URL('../../../services/cost/migrations/', import.meta.url),
    clock: systemClock,
    logger: createLogger({ service: 'cost', instance: 'bench', level: 'warn' }),
    metrics: createMetrics('cost'),
  });
  try {
    const startedAtMs = performance.now();
    await plantUsage(postgres.url, rowCount);
    console.log(`planted ${rowCount} rows in ${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
    const clock = { ...systemClock, nowMs: () => Date.parse(until) };
    const report = createCostReport({ clock, database });
    const list = createListUsage(database);
    const actor = { id: 'bench', address: '::1', sealingKey: 'X' };
    const { signal } = new AbortController();
    const served = (data: unknown) => ({ data, envelope: { ...testEnvelope(), actor }, signal }) as never;
    const reportMs = await timeAll(reports, (asked) => report(served(readCostReport.request.parse(asked))));
    const usageMs = await timeAll(usages, (asked) => list(served(listUsage.request.parse(asked))));
    const over = `${rowCount.toLocaleString('en')} rows of ${days} days`;
    return [
      { ...measureOf('reports.p95_ms', reportMs, 300), against: `${over}; ${slowest(reportMs)}` },
      { ...measureOf('usage.filters_p95_ms', usageMs, 1_000), against: `${over}; ${slowest(usageMs)}` },
    ];
  } finally {
    await database.close();
    await postgres.close();
  }
}

type Timings = ReadonlyMap<string, readonly number[]>;

async function timeAll<Asked>(
  all: Record<string, Asked>,
  ask: (asked: Asked) => Promise<unknown> | object,
): Promise<Timings> {
  const timings = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, asked] of Object.entries(all)) {
      const startedAtMs = performance.now();
      JSON.stringify(await ask(asked));
      const tookMs = performance.now() - startedAtMs;
      // The first round brings the tables into memory.
      if (round > 0) timings.set(name, [...(timings.get(name) ?? []), tookMs]);
    }
  }
  for (const [name, ofName] of timings) {
    console.log(
      `  ${name.padEnd(40)} p50 ${quantile(ofName, 0.5).toFixed(0)} ms, max ${Math.max(...ofName).toFixed(0)} ms`,
    );
  }
  return timings;
}

const measureOf = (name: string, timings: Timings, target: number): Measure => ({
  ...{ name, unit: 'ms', better: 'lower', target },
  value: quantile([...timings.values()].flat(), 0.95),
});

function slowest(timings: Timings): string {
  const [name, ofName] = [...timings].sort(([, a], [, b]) => quantile(b, 0.5) - quantile(a, 0.5))[0] ?? [
    '',
    [0],
  ];
  return `slowest: ${name}, ${quantile([...ofName], 0.5).toFixed(0)} ms`;
}
