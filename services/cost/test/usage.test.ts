import type { ScopeLimits } from '@weir/contracts/cost/limits';
import { limitsKey, scopeLimitsSchema } from '@weir/contracts/cost/limits';
import { readForecast } from '@weir/contracts/admin/reports';
import { importUsage, listUsage } from '@weir/contracts/admin/usage';
import { FakeClock } from '@weir/testkit/fake-clock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { LedgerSpentSource } from '../src/ledger/ledger-spent-source.ts';
import { createReadForecast } from '../src/reports/forecast.ts';
import { createImportUsage } from '../src/reports/import-usage.ts';
import { createListUsage } from '../src/reports/list-usage.ts';
import {
  adminEnvelope,
  entryOf,
  type LedgerTables,
  openLedgerTables,
  type TestEntry,
} from './ledger-tables.ts';

let tables: LedgerTables;
beforeAll(async () => {
  tables = await openLedgerTables();
});
afterAll(() => tables.close());
beforeEach(() => tables.clear());

const { signal } = new AbortController();

async function list(asked: z.input<(typeof listUsage)['request']> = {}, organisation?: string) {
  const data = listUsage.request.parse(asked);
  const handler = createListUsage(tables.database);
  return listUsage.reply.parse(await handler({ data, envelope: adminEnvelope(organisation), signal }));
}

async function enter(...entries: (Partial<TestEntry> & { readonly ts: Date })[]): Promise<TestEntry[]> {
  const made = entries.map(entryOf);
  await tables.enter(made);
  await tables.refresh();
  return made;
}

const at = (text: string) => new Date(text);

/** 40,000 of a month: few models are rare, and few requests have failed. */
const plantRows = `
  insert into llm_usage_log (ts, request_id, attempt, entry, organisation_id, user_id, key_id, provider, model, model_asked, outcome,
    maybe_billed, requests, total_tokens, usage_source)
  select timestamptz '2026-11-01' + n * interval '1 minute', 'r' || n, 1, 'attempt', 'org' || n % 20, 'user' || n % 50,
    'key' || to_char(n % 100, 'FM0000'), 'provider-' || n % 3, case when n % 10007 = 0 then 'rare' else 'model-' || n % 10 end, 'm',
    case when n % 100 = 0 then 'upstream_error' else 'ok' end, true, 1, 1, 'provider'
  from generate_series(1, 40000) as n`;

/** Of all scans of tables and indexes, what they found and what they threw away. */
function rowsOfScans(explained: readonly unknown[]): number {
  const [plan] = z
    .tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planSchema })]) })])
    .parse(explained)[0]['QUERY PLAN'];
  return rowsOf(plan.Plan);
}

const planSchema = z.object({
  'Node Type': z.string(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().default(0),
  get Plans() {
    return z.array(planSchema).default([]);
  },
});

function rowsOf({ Plans, ...node }: z.output<typeof planSchema>): number {
  const own = (node['Actual Rows'] + node['Rows Removed by Filter']) * node['Actual Loops'];
  const ofScan = node['Node Type'].includes('Scan') ? own : 0;
  return Plans.reduce((sum, plan) => sum + rowsOf(plan), ofScan);
}

describe('the ledger, listed', () => {
  test('has every column of an entry, newest first', async () => {
    await enter(
      { ts: at('2026-11-01T00:00:00Z'), cost_usd: null, usage_source: 'estimated' },
      {
        ...{
          ts: at('2026-11-02T00:00:00Z'),
          tags: ['batch', 'đỏ'],
          end_user: '=cmd|calc',
          cost_usd: '-0.100000000',
        },
        ...{ team_id: 'search', user_id: 'ana', metadata: { app: 'Cửa hàng' }, cache_read_tokens: 3 },
      },
    );
    const { data, has_more, next } = await list();
    expect({ has_more, next }).toEqual({ has_more: false, next: null });
    expect(data).toMatchObject([
      {
        ...{
          ts: '2026-11-02T00:00:00.000Z',
          attempt: 1,
          entry: 'attempt',
          organisation: 'acme',
          team: 'search',
        },
        ...{ user: 'ana', key: 'key00001', tags: ['batch', 'đỏ'], end_user: '=cmd|calc', cost_usd: '-0.1' },
        ...{ input_tokens: 13, output_tokens: 5, is_estimate: false, metadata: { app: 'Cửa hàng' } },
      },
      { ts: '2026-11-01T00:00:00.000Z', cost_usd: null, is_estimate: true, tags: [], metadata: null },
    ]);
  });

  test('comes in pages, none of whose entries is missing or there twice, also where all began at once', async () => {
    const ts = at('2026-11-02T00:00:00Z');
    const made = await enter(
      ...[...Array(25).keys()].map((index) => ({ ts: index < 20 ? ts : new Date(ts.getTime() + index) })),
    );
    const seen: string[] = [];
    let page = await list({ limit: 4 });
    for (; page.next !== null; page = await list({ limit: 4, after: page.next })) {
      seen.push(...page.data.map(({ request_id }) => request_id));
    }
    seen.push(...page.data.map(({ request_id }) => request_id));
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(made.map(({ request_id }) => request_id)));
  });

  test('is filtered by each field', async () => {
    const ts = at('2026-11-02T12:00:00Z');
    const others = { organisation_id: 'beta', key_id: 'key00002', user_id: 'bob', model: 'm', provider: 'p' };
    const [one, two] = await enter({ ts, user_id: 'ana' }, { ts, ...others, outcome: 'upstream_error' });
    const found = async (asked: Parameters<typeof list>[0]) =>
      (await list(asked)).data.map(({ request_id }) => request_id);
    for (const asked of [
      ...[
        { organisation_id: 'beta' },
        { key: 'key00002' },
        { user: 'bob' },
        { model: 'm' },
        { provider: 'p' },
      ],
      ...[{ outcome: 'upstream_error' }, { request_id: two?.request_id.toUpperCase() }],
    ])
      expect(await found(asked), JSON.stringify(asked)).toEqual([two?.request_id]);
    expect(await found({ from: '2026-11-02T12:00:00Z', to: '2026-11-02T12:00:00.001Z' })).toHaveLength(2);
    expect(await found({ to: '2026-11-02T12:00:00Z' })).toEqual([]);
    expect(await found({ request_id: one?.request_id, key: 'key00002' })).toEqual([]);
    expect(await found({ request_id: '00000000-0000-0000-0000-000000000000' })).toEqual([]);
    expect(await found({ request_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' })).toEqual([]);
  });

  test('reads for a page some times what is on it, by whichever filter, also of what is rare or not there', async () => {
    await tables.sql(plantRows);
    await tables.sql('analyze llm_usage_log');
    let rowsRead = 0;
    const handler = createListUsage({
      transaction: (work) =>
        tables.database.transaction((transaction) =>
          work({
            query: async (query, values) => {
              if (query.name === 'usage.list') {
                const text = `explain (analyze, format json) ${query.text}`;
                const { rows } = await transaction.query({ name: 'explain', text }, values);
                rowsRead += rowsOfScans(rows);
              }
              return transaction.query(query, values);
            },
          }),
        ),
    });
    for (const asked of [
      ...[{}, { organisation_id: 'org7' }, { key: 'key0007' }, { user: 'user7' }, { model: 'model-7' }],
      ...[{ model: 'rare' }, { model: 'no such' }, { provider: 'provider-1' }, { provider: 'no such' }],
      ...[{ outcome: 'upstream_error' }, { outcome: 'no such' }, { model: 'rare', key: 'key0007' }],
    ]) {
      rowsRead = 0;
      await handler({ data: listUsage.request.parse(asked), envelope: adminEnvelope(), signal });
      // The planner passes over up to 20 rows of others for each that it finds, where that is less work than another index.
      expect(rowsRead, JSON.stringify(asked)).toBeLessThan(25 * 51);
    }
  });

  test('of one organisation is all that its admin sees', async () => {
    const ts = at('2026-11-02T12:00:00Z');
    const [, theirs] = await enter({ ts }, { ts, organisation_id: 'beta' });
    expect((await list({}, 'acme')).data).toMatchObject([{ organisation: 'acme' }]);
    expect((await list({ request_id: theirs?.request_id }, 'acme')).data).toEqual([]);
    await expect(list({ organisation_id: 'beta' }, 'acme')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    'x',
    'MjAyNi0xMS0wMg',
    Buffer.from('2026-11-02T00:00:00Z a\0b 1 attempt').toString('base64url'),
  ])('does not begin after %s', async (after) => {
    await expect(list({ after })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { param: 'after' },
    });
  });
});

test("a provider's export is compared with the ledger of its days, and nothing is changed", async () => {
  await enter(
    { ts: at('2026-10-31T23:59:59Z') },
    { ts: at('2026-11-01T00:00:00Z') },
    { ts: at('2026-11-01T23:59:59Z'), cost_usd: '0.5' },
    { ts: at('2026-11-01T12:00:00Z'), provider: 'azure', cost_usd: '9' },
    { ts: at('2026-11-02T00:00:00Z') },
  );
  const content = `start_time,amount_value,line_item\n${Date.UTC(2026, 10, 1) / 1_000},1.49,"gpt-5-mini-2025-08-07, input"\n`;
  const before = await tables.sql('select * from llm_usage_log order by ts');
  const handler = createImportUsage(tables.database);
  const data = importUsage.request.parse({ provider: 'openai', content });
  const made = importUsage.reply.parse(await handler({ data, envelope: adminEnvelope(), signal }));
  expect(made).toMatchObject({
    total: { provider: { cost_usd: '1.49' }, ledger: { cost_usd: '1.5', requests: 2 }, difference: '0.01' },
    within_one_percent: true,
  });
  expect(await tables.sql('select * from llm_usage_log order by ts')).toEqual(before);
});

describe('a forecast', () => {
  const clock = new FakeClock(Date.parse('2026-11-28T10:30:00Z'));
  const limits = scopeLimitsSchema.parse({
    scope: { kind: 'key', id: 'key00001' },
    organisation: 'acme',
    revision: 1,
    limits: [
      { unit: 'usd', limit: '10', window: 'month', model: 'gpt-5*' },
      { unit: 'requests', limit: 5 },
      { unit: 'parallel_requests', limit: 5 },
    ],
  });

  const ask = (scope: string, organisation?: string) => {
    const known: ScopeLimits[] = [limits];
    const handler = createReadForecast({
      clock,
      limitsOf: (key) => known.find((each) => limitsKey(each.scope) === key),
      readUsage: async () => {
        const usage = {
          scope: 'key/key00001',
          unit: 'usd',
          model: 'gpt-5*',
          limit: '10',
          remaining: '6',
        } as const;
        const resetAtMs = Date.parse('2026-12-01T00:00:00Z');
        return limits.limits.map(() => ({ ...usage, used: '3', held: '1', resetAtMs }));
      },
      spent: new LedgerSpentSource({
        database: tables.database,
        barrier: {
          passed: async () => ({ sequence: 9, streamCreatedAt: 'now', since: new Date(8.64e15 / 2) }),
        },
      }),
    });
    const data = readForecast.request.parse({ scope });
    return handler({ data, envelope: adminEnvelope(organisation), signal });
  };

  test('is two straight lines for each limit that lasts, of the models that it holds for', async () => {
    await enter(
      { ts: at('2026-11-28T08:00:00Z'), cost_usd: '4' },
      { ts: at('2026-11-28T08:00:00Z'), cost_usd: '100', model: 'claude-opus-4-5' },
      { ts: at('2026-11-27T08:00:00Z'), cost_usd: '10' },
      { ts: at('2026-11-20T08:00:00Z'), cost_usd: '10' },
    );
    expect(readForecast.reply.parse(await ask('key/key00001', 'acme'))).toEqual({
      scope: 'key/key00001',
      at: '2026-11-28T10:30:00.000Z',
      data: [
        {
          ...{ unit: 'usd', window: 'month', model: 'gpt-5*', limit: '10', used: '3', held: '1' },
          resets_at: '2026-12-01T00:00:00.000Z',
          paces: [
            { hours: 24, used: '4', spent_at: '2026-11-29T22:00:00.000Z' },
            { hours: 168, used: '14', spent_at: null },
          ],
        },
      ],
    });
  });

  test.each([
    ['key/key00001', 'beta'],
    ['key/key00002', 'acme'],
    ['tag/acme/batch', undefined],
    ['installation/all', undefined],
  ])('of %s, for an admin of %s, is not found', async (scope, organisation) => {
    await expect(ask(scope, organisation)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each(['key', 'colour/red', 'key/a/b'])('of %s is no request', (scope) => {
    expect(readForecast.request.safeParse({ scope }).success).toBe(false);
  });
});
