import { cacheAnswered } from '@weir/contracts/usage-events';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import { createMetrics } from '@weir/service-kit/metrics';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  entryOfAdjustment,
  entryOfAttempt,
  entryOfCacheAnswer,
  type LedgerEntry,
} from '../src/ledger/ledger-entry.ts';
import { LedgerWriter } from '../src/ledger/ledger-writer.ts';
import { RollupWorker } from '../src/ledger/rollup-worker.ts';
import { ZoneSync } from '../src/ledger/time-zones.ts';
import { UsageMonths } from '../src/ledger/usage-months.ts';
import { adjustment, attempt, openTables, silent, type Tables } from './ledger-harness.ts';

const nowMs = Date.UTC(2026, 10, 28, 12);
const zones = new Map<string, string>();
let tables: Tables;
let months: UsageMonths;
let worker: RollupWorker;

beforeAll(async () => {
  tables = await openTables();
  const clock = new FakeClock(nowMs);
  const shared = { clock, logger: silent, database: tables.database };
  months = new UsageMonths({ ...shared, retentionMonths: undefined, metrics: createMetrics('cost') });
  await months.look();
  worker = new RollupWorker({ ...shared, zones: new ZoneSync({ timeZones: zones, logger: silent }) });
});

afterAll(() => tables.close());

beforeEach(async () => {
  zones.clear();
  for (const table of [
    'llm_usage_log',
    'dirty_quarters',
    'rollup_time_zones',
    ...rollups.map(([name]) => name),
  ])
    await tables.sql(`truncate ${table}`);
});

const rollups = [
  ['usage_quarter_hourly', 'team_id, user_id, key_id', 'llm_usage_log'],
  ['usage_quarter_hourly_by_tag', 'tag', 'llm_usage_log, unnest(tags) as tag'],
  [
    'usage_quarter_hourly_by_end_user',
    'end_user',
    '(select * from llm_usage_log where end_user is not null) as log',
  ],
  ['usage_daily', 'team_id, user_id, key_id', 'llm_usage_log'],
  ['usage_daily_by_tag', 'tag', 'llm_usage_log, unnest(tags) as tag'],
  ['usage_daily_by_end_user', 'end_user', '(select * from llm_usage_log where end_user is not null) as log'],
] as const;

/** Everything that can be compared: each rollup, and the same sums over the ledger. */
async function compared() {
  const all: Record<string, unknown>[] = [];
  for (const [table, by, source] of rollups) {
    const isDaily = table.startsWith('usage_daily');
    const time = isDaily
      ? "(ts at time zone coalesce((select time_zone from rollup_time_zones z where z.organisation_id = log.organisation_id), 'UTC'))::date::text"
      : "date_bin('15 minutes', ts, 'epoch')::text";
    const dimensions = `organisation_id, ${by}, provider, model`;
    const order = `order by time, ${dimensions}, requests`;
    const from = source
      .replace('llm_usage_log,', 'llm_usage_log as log,')
      .replace(/^llm_usage_log$/, 'llm_usage_log as log');
    const ledger = await tables.sql(
      `select ${time} as time, ${dimensions.replace('organisation_id', 'log.organisation_id')}, sum(requests)::text as requests,
         trim_scale(coalesce(sum(cost_usd), 0))::text as cost, sum(total_tokens)::text as tokens,
         count(*) filter (where cost_usd is null)::text as unpriced from ${from} group by time, ${dimensions.replace('organisation_id', 'log.organisation_id')} ${order.replace('organisation_id', 'log.organisation_id')}`,
    );
    const rollup = await tables.sql(
      `select ${isDaily ? 'day' : 'quarter'}::text as time, ${dimensions}, requests::text, trim_scale(cost_usd)::text as cost,
         total_tokens::text as tokens, unpriced_attempts::text as unpriced from ${table} ${order}`,
    );
    all.push({ table, ledger, rollup });
  }
  return all as { table: string; ledger: unknown[]; rollup: unknown[] }[];
}

async function expectEqual() {
  for (const { ledger, rollup, table } of await compared())
    expect({ table, rows: rollup }).toEqual({ table, rows: ledger });
}

const round = async () => {
  await tables.sql("update rollup_worker set due_at = '-infinity'");
  return worker.round();
};

/** Until nothing is dirty any more. */
async function finish() {
  await eventually(async () => {
    expect(await round()).toBe('done');
  });
}

const enter = (
  entries: readonly LedgerEntry[],
  database: ConstructorParameters<typeof LedgerWriter>[0]['database'] = tables.database,
) => new LedgerWriter({ database, months }).enter(entries.map((entry) => ({ entry, streamSequence: 1 })));

const anyEntry: fc.Arbitrary<LedgerEntry> = fc
  .record({
    startedAtMs: fc.integer({ min: nowMs - 2 * 86_400_000, max: nowMs + 3_600_000 }),
    request: fc.integer({ min: 0, max: 40 }),
    number: fc.integer({ min: 1, max: 2 }),
    tenant: fc.constantFrom('acme', 'other'),
    teamId: fc.option(fc.constantFrom('search', 'sales'), { nil: undefined }),
    tags: fc.subarray(['a', 'b', 'c']),
    endUser: fc.option(fc.constantFrom('u', 'v'), { nil: undefined }),
    nanoUsd: fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: undefined }),
    kind: fc.constantFrom('attempt' as const, 'expired' as const, 'corrected' as const),
  })
  .map(({ request, number, nanoUsd, kind, ...given }) => {
    const cost = nanoUsd === undefined ? undefined : { nanoUsd, priceId: 'p' };
    const of = attempt({ ...given, requestId: `r${request}`, attempt: number, cost });
    return kind === 'attempt' ? entryOfAttempt(of) : entryOfAdjustment(adjustment(of, kind, nanoUsd ?? 0));
  });

/** Writers begin and commit in any order, and the worker works at any time. */
const anySteps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.array(anyEntry, { minLength: 1, maxLength: 8 }).map((write) => ({ write })) },
    { weight: 3, arbitrary: fc.nat(3).map((commit) => ({ commit })) },
    { weight: 3, arbitrary: fc.constant({ round: true as const }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/St_Johns').map((zone) => ({ zone })),
    },
  ),
  { maxLength: 14 },
);

test('once the worker has run, every rollup is what the ledger sums up to, in whatever order they wrote, committed and computed', async () => {
  await fc.assert(
    fc.asyncProperty(anySteps, async (steps) => {
      const open: { commit: () => void; done: Promise<unknown> }[] = [];
      const commit = async (index: number) => {
        const [writer] = open.splice(index, 1);
        writer?.commit();
        await writer?.done;
      };
      for (const step of steps) {
        if ('round' in step) await round();
        else if ('zone' in step) zones.set('acme', step.zone);
        else if ('commit' in step) await commit(step.commit);
        else {
          // The same attempt in two open transactions: the second one waits for the first.
          if (open.length > 0) await commit(0);
          open.push(await begin(step.write));
        }
      }
      while (open.length > 0) await commit(0);
      await finish();
      await expectEqual();
    }),
    { numRuns: 40 },
  );
}, 120_000);

/** Writes rows, and commits them when it is told to. */
async function begin(entries: readonly LedgerEntry[]) {
  const [written, told] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const done = tables.database.transaction(async (transaction) => {
    await enter(entries, transaction);
    written.resolve(undefined);
    await told.promise;
  });
  await Promise.race([written.promise, done]);
  return {
    done,
    commit: () => {
      told.resolve(undefined);
    },
  };
}

test('writers and several workers at once leave no difference', async () => {
  const entries = fc.sample(anyEntry, 600);
  const writing = Array.from({ length: 4 }, async (_, writer) => {
    for (let from = writer * 150; from < (writer + 1) * 150; from += 10)
      await enter(entries.slice(from, from + 10));
  });
  let isOver = false;
  const working = Array.from({ length: 3 }, async () => {
    while (!isOver) await round();
  });
  await Promise.all(writing);
  isOver = true;
  await Promise.all(working);
  await finish();
  await expectEqual();
}, 60_000);

test('a rollup tells what the ledger tells: attempts, failures, estimates, savings', async () => {
  const startedAtMs = nowMs;
  const answer = { ...attempt({ startedAtMs }), tier: 'semantic', savedNanoUsd: 4_000 };
  const cached = cacheAnswered.data.parse(answer);
  await enter([
    entryOfAttempt(attempt({ startedAtMs, modelAskedNanoUsd: 5_500, latencyMs: 100 })),
    entryOfAttempt(
      attempt({ startedAtMs, modelAskedNanoUsd: 5_500, purpose: 'mirror', attempt: 2, latencyMs: 100 }),
    ),
    entryOfAttempt(attempt({ startedAtMs, modelAskedNanoUsd: 5_500, outcome: 'cancelled', attempt: 3 })),
    entryOfAttempt(attempt({ startedAtMs, outcome: 'provider_error', usage: { source: 'estimated' } })),
    entryOfAttempt(attempt({ startedAtMs, cost: undefined })),
    entryOfAdjustment(adjustment(attempt({ startedAtMs }), 'expired')),
    entryOfCacheAnswer({
      ...{ ...cached, requestId: 'one', similarity: 0.98 },
      saved: { inputTokens: 100, outputTokens: 20, latencyMs: 900 },
    }),
    entryOfCacheAnswer({ ...cached, requestId: 'other', tier: 'exact', savedNanoUsd: 1_000 }),
  ]);
  await finish();
  const [row, ...others] = await tables.sql('select * from usage_quarter_hourly');
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    ...{
      requests: '6',
      attempts: '5',
      failed_attempts: '1',
      estimated_attempts: '1',
      suspect_attempts: '0',
      unpriced_attempts: '1',
    },
    ...{ cache_hits: '2', semantic_cache_hits: '1', uncached_input_tokens: '50', output_tokens: '100' },
    ...{ total_tokens: '250', cost_usd: '0.000015000', estimated_cost_usd: '0.000001500' },
    ...{
      adjusted_cost_usd: '0.000009000',
      cache_saved_usd: '0.000005000',
      semantic_cache_saved_usd: '0.000004000',
      cache_saved_tokens: '120',
      cache_saved_ms: 900,
    },
    // 5,500 - 1,500 for the one that answered, less what the mirror and the hedge have cost.
    ...{ routing_saved_usd: '0.000001000', attempts_latency_ms: 237.5 },
  });
});

test('days are those of the organisation, and are made anew where it moves to another time zone', async () => {
  zones.set('acme', 'Asia/Kathmandu');
  // 18:15 in UTC is midnight there.
  const midnight = Date.UTC(2026, 10, 20, 18, 15);
  await enter([midnight - 1, midnight].map((startedAtMs) => entryOfAttempt(attempt({ startedAtMs }))));
  await finish();
  const days = () => tables.sql('select day::text, requests::int from usage_daily order by day');
  expect(await days()).toEqual([
    { day: '2026-11-20', requests: 1 },
    { day: '2026-11-21', requests: 1 },
  ]);
  zones.set('acme', 'UTC');
  await finish();
  expect(await days()).toEqual([{ day: '2026-11-20', requests: 2 }]);
  zones.set('acme', 'Mars/Olympus');
  await finish();
  expect(await days()).toEqual([{ day: '2026-11-20', requests: 2 }]);
});

test('one replica works at a time, and then none for a while', async () => {
  await tables.sql("update rollup_worker set due_at = '-infinity'");
  const outcomes = await Promise.all([worker.round(), worker.round(), worker.round()]);
  expect(outcomes.filter((outcome) => outcome !== 'not-now')).toHaveLength(1);
  expect(await worker.round()).toBe('not-now');
});
