import { readCostReport, type ReportDimension } from '@weir/contracts/admin/reports';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { formatUsd, toNanoUsd } from '@weir/pricing/money';
import { FakeClock } from '@weir/testkit/fake-clock';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { createCostReport } from '../src/reports/cost-report.ts';
import {
  adminEnvelope,
  entryOf,
  type LedgerTables,
  openLedgerTables,
  type TestEntry,
} from './ledger-tables.ts';

type Asked = z.input<(typeof readCostReport)['request']>;
type Report = ReplyOf<typeof readCostReport>;

let tables: LedgerTables;
beforeAll(async () => {
  tables = await openLedgerTables();
});
afterAll(() => tables.close());
beforeEach(() => tables.clear());

const clock = new FakeClock(Date.parse('2026-11-28T10:07:00Z'));
const { signal } = new AbortController();

async function report(asked: Asked = {}, organisation?: string): Promise<Report> {
  const data = readCostReport.request.parse(readCostReport.request.parse(asked));
  const handler = createCostReport({ database: tables.database, clock });
  return readCostReport.reply.parse(await handler({ data, envelope: adminEnvelope(organisation), signal }));
}

async function enter(...entries: (Partial<TestEntry> & { readonly ts: Date })[]): Promise<void> {
  await tables.enter(entries.map(entryOf));
  await tables.refresh();
}

const at = (text: string) => new Date(text);
const setZone = (organisation: string, zone: string) =>
  tables.sql(
    'insert into rollup_time_zones (organisation_id, time_zone) values ($1, $2)',
    organisation,
    zone,
  );

/** Zones with half hours, quarters, days of 23 and 25 hours, and one that moves by half an hour. */
const zones = [
  ...['UTC', 'Asia/Ho_Chi_Minh', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/New_York', 'Europe/Berlin'],
  ...['Australia/Lord_Howe', 'America/Santiago', 'Pacific/Chatham'],
];

/** Around changes of clocks, the end of a month and the end of a year. */
const tsArbitrary = fc
  .constantFrom('2026-10-25', '2026-11-01', '2026-10-04', '2026-10-31', '2026-09-05', '2026-12-31')
  .chain((day) =>
    fc.integer({ min: -36 * 3_600, max: 36 * 3_600 }).map((s) => new Date(Date.parse(day) + s * 1_000)),
  );

const nanoArbitrary = fc.integer({ min: 0, max: 5_000_000_000 });
const usd = (arbitrary: fc.Arbitrary<number>) => fc.option(arbitrary.map(formatUsd));

const entryArbitrary: fc.Arbitrary<TestEntry> = fc
  .record({
    ts: tsArbitrary,
    entry: fc.constantFrom('attempt', 'attempt', 'attempt', 'cache_hit', 'expired', 'corrected'),
    organisation_id: fc.constantFrom('acme', 'beta'),
    team_id: fc.constantFrom(null, 'search', 'ads'),
    key_id: fc.constantFrom(null, 'key00001', 'key00002'),
    tags: fc.subarray(['batch', 'eval', 'đỏ']),
    end_user: fc.constantFrom(null, 'u1', '=cmd'),
    provider: fc.constantFrom('openai', 'anthropic'),
    model: fc.constantFrom('gpt-5-mini', 'claude-opus-4-5'),
    outcome: fc.constantFrom('ok', 'ok', 'upstream_error', 'cancelled'),
    usage_source: fc.constantFrom('provider', 'estimated'),
    uncached_input_tokens: fc.nat(10_000),
    cache_read_tokens: fc.nat(100),
    output_tokens: fc.nat(5_000),
    requests: fc.constantFrom(0, 1),
    cost: usd(nanoArbitrary),
    asked: usd(nanoArbitrary),
    saved: usd(nanoArbitrary),
  })
  .map(({ asked, cost, saved, ...entry }) => {
    const isAttempt = entry.entry === 'attempt';
    const amount = isAttempt ? cost : entry.entry === 'cache_hit' ? '0' : (cost ?? '1');
    return entryOf({
      ...entry,
      attempt: isAttempt ? 1 : 0,
      usage_source: entry.entry === 'cache_hit' ? 'cache' : entry.usage_source,
      cost_usd: entry.entry === 'corrected' ? `-${amount ?? '0'}` : amount,
      asked_model_cost_usd: isAttempt ? asked : null,
      saved_usd: entry.entry === 'cache_hit' ? saved : null,
    });
  });

const columns: Record<ReportDimension, (entry: TestEntry) => readonly (string | null)[]> = {
  organisation: ({ organisation_id }) => [organisation_id],
  team: ({ team_id }) => [team_id],
  user: ({ user_id }) => [user_id],
  key: ({ key_id }) => [key_id],
  model: ({ model }) => [model],
  provider: ({ provider }) => [provider],
  tag: ({ tags }) => tags,
  end_user: ({ end_user }) => (end_user === null ? [] : [end_user]),
};

/** The day, month or hour of a time by the clock on the wall, by JavaScript's own tables. */
function localPeriod(ts: Date, zone: string, interval: string): string | null {
  if (interval === 'none') return null;
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
    },
    timeZoneName: 'longOffset',
  }).formatToParts(ts);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const day = `${part('year')}-${part('month')}-${part('day')}`;
  if (interval === 'month') return day.slice(0, 7);
  if (interval === 'day') return day;
  const offset = part('timeZoneName').slice(3);
  return `${day}T${part('hour')}:00${offset === '' ? '+00:00' : offset}`;
}

const groupings: ReportDimension[][] = [
  ...([
    [],
    ['model'],
    ['organisation', 'team'],
    ['key', 'provider', 'model'],
    ['tag'],
  ] as ReportDimension[][]),
  ...([['tag', 'model'], ['end_user'], ['end_user', 'organisation', 'provider']] as ReportDimension[][]),
];

/** What a report says of each row, from the ledger itself. */
function bruteForce(
  entries: readonly TestEntry[],
  groupBy: readonly ReportDimension[],
  zone: string,
  interval: string,
) {
  const sums = new Map<
    string,
    { requests: number; cost: bigint; input: number; saved: bigint; errors: number }
  >();
  for (const entry of entries) {
    let groups: (string | null)[][] = [[localPeriod(entry.ts, zone, interval)]];
    for (const one of groupBy)
      groups = groups.flatMap((group) => columns[one](entry).map((value) => [...group, value]));
    for (const group of groups) {
      const key = JSON.stringify(group);
      const sum = sums.get(key) ?? { requests: 0, cost: 0n, input: 0, saved: 0n, errors: 0 };
      sum.requests += entry.requests;
      sum.cost += BigInt(toNanoUsd(entry.cost_usd ?? '0'));
      sum.input += entry.uncached_input_tokens + entry.cache_read_tokens;
      sum.saved += BigInt(toNanoUsd(entry.saved_usd ?? '0'));
      if (entry.entry === 'attempt' && !['ok', 'cancelled'].includes(entry.outcome)) sum.errors++;
      sums.set(key, sum);
    }
  }
  return sums;
}

function sumsOf({ data }: Report, groupBy: readonly ReportDimension[]) {
  return new Map(
    data.map((row) => [
      JSON.stringify([row.period, ...groupBy.map((one) => row[one])]),
      {
        requests: row.requests,
        cost: BigInt(toNanoUsd(row.cost_usd)),
        input: row.input_tokens,
        saved: BigInt(toNanoUsd(row.cache_savings_usd)),
        errors: row.errors,
      },
    ]),
  );
}

test('every sum of every report is the ledger to the nano-dollar, in every time zone and grouping', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entryArbitrary, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(...zones),
      fc.constantFrom('UTC', ...zones),
      fc.constantFrom(...groupings),
      fc.constantFrom('none', 'hour', 'day', 'month' as const),
      async (entries, zone, zoneOfAcme, groupBy, interval) => {
        await tables.clear();
        await setZone('acme', zoneOfAcme);
        await tables.enter(entries);
        await tables.refresh();
        const asked = { from: '2026-09-01', to: '2027-02', time_zone: zone, interval } as const;
        const group_by = groupBy.length === 0 ? undefined : groupBy.join(',');
        const made = await report({ ...asked, group_by });
        const expected = bruteForce(entries, groupBy, zone, interval);
        expect(sumsOf(made, groupBy)).toEqual(expected);
        const [whole] = bruteForce(entries, [], zone, 'none').values();
        expect(toNanoUsd(made.total?.cost_usd ?? '')).toBe(Number(whole?.cost));
        expect(made.total?.requests).toBe(whole?.requests);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

describe('a report', () => {
  test('is read from the rollups alone, whatever it is grouped and filtered by', async () => {
    const entries = fc.sample(entryArbitrary, { numRuns: 40, seed: 11 });
    await tables.enter(entries);
    await tables.refresh();
    const asked = ['none', 'hour', 'day', 'month'].flatMap((interval) =>
      [undefined, ...groupings.map((each) => each.join(','))].map((group_by) => ({
        ...{ interval, group_by: group_by === '' ? undefined : group_by, time_zone: 'Asia/Kathmandu' },
        ...{ from: '2026-09-01', to: '2027-02' },
      })),
    ) as Asked[];
    const all = () => Promise.all(asked.map((each) => report(each)));
    const withRows = await all();
    await tables.sql('truncate llm_usage_log');
    expect(await all()).toEqual(withRows);
    expect(withRows[0]?.total?.requests).toBeGreaterThan(0);
  });

  test('is of this month where nobody says of which, in the time zone of the organisation', async () => {
    await setZone('acme', 'Asia/Ho_Chi_Minh');
    await enter(
      { ts: at('2026-10-31T16:59:59Z') },
      { ts: at('2026-10-31T17:00:00Z') },
      { ts: at('2026-11-28T10:00:00Z') },
    );
    const made = await report({ organisation_id: 'acme' });
    expect(made).toMatchObject({
      ...{ from: '2026-10-31T17:00:00.000Z', to: '2026-11-28T17:00:00.000Z', time_zone: 'Asia/Ho_Chi_Minh' },
      ...{ total: { requests: 2, cost_usd: '2' }, has_more: false, next: null },
    });
    expect(made.data).toHaveLength(1);
    expect(made.data[0]).toMatchObject({ start: null, period: null, organisation: null, requests: 2 });
  });

  test('has two hours of the same name where clocks go back, and none where they go forward', async () => {
    const times = [
      '2026-10-24T23:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-25T02:00:00Z',
    ];
    await enter(...times.map((time) => ({ ts: at(time) })));
    const asked = {
      from: '2026-10-25',
      to: '2026-10-26',
      time_zone: 'Europe/Berlin',
      interval: 'hour',
    } as const;
    const { data } = await report(asked);
    expect(data.map(({ period, start }) => [start, period])).toEqual([
      ['2026-10-24T23:00:00.000Z', '2026-10-25T01:00+02:00'],
      ['2026-10-25T00:00:00.000Z', '2026-10-25T02:00+02:00'],
      ['2026-10-25T01:00:00.000Z', '2026-10-25T02:00+01:00'],
      ['2026-10-25T02:00:00.000Z', '2026-10-25T03:00+01:00'],
    ]);
    const [day] = (await report({ ...asked, interval: 'day' })).data;
    expect(day).toMatchObject({ start: '2026-10-24T22:00:00.000Z', period: '2026-10-25', requests: 4 });
  });

  test('begins a day at its first moment, also where that comes twice or not at all', async () => {
    await enter(
      { ts: at('2026-11-01T04:30:00Z') },
      { ts: at('2026-11-01T05:30:00Z') },
      { ts: at('2026-11-01T03:59:00Z') },
    );
    const havana = {
      from: '2026-11-01',
      to: '2026-11-02',
      time_zone: 'America/Havana',
      interval: 'hour',
    } as const;
    expect(await report(havana)).toMatchObject({ from: '2026-11-01T04:00:00.000Z', total: { requests: 2 } });
    const santiago = { from: '2026-09-06', to: '2026-09-07', time_zone: 'America/Santiago' } as const;
    expect(await report(santiago)).toMatchObject({
      from: '2026-09-06T04:00:00.000Z',
      to: '2026-09-07T03:00:00.000Z',
    });
  });

  test('counts a request with two tags in the rows of both, and once in the total, as one without any', async () => {
    const ts = at('2026-11-10T00:00:00Z');
    await enter({ ts, tags: ['batch', 'eval'] }, { ts, tags: ['batch'] }, { ts, tags: [] });
    const made = await report({ group_by: 'tag' });
    expect(made.data.map(({ cost_usd, tag }) => [tag, cost_usd])).toEqual([
      ['batch', '2'],
      ['eval', '1'],
    ]);
    expect(made.total).toMatchObject({ requests: 3, cost_usd: '3' });
    expect((await report({ group_by: 'model', tag: 'batch' })).total).toMatchObject({
      requests: 2,
      cost_usd: '2',
    });
  });

  test('shows what is estimated, what has no price, and what an expired hold costs until it is corrected', async () => {
    const ts = at('2026-11-10T00:00:00Z');
    const expired = {
      ts,
      entry: 'expired',
      usage_source: 'missing',
      cost_usd: '3',
      total_tokens: 100,
    } as const;
    await enter(
      { ts, cost_usd: '1' },
      { ts, cost_usd: '0.5', usage_source: 'estimated' },
      { ts, cost_usd: null },
      { ...expired, request_id: 'r1' },
    );
    const before = await report();
    expect(before.total).toMatchObject({
      ...{
        attempts: 3,
        estimated_attempts: 1,
        suspect_attempts: 0,
        unpriced_attempts: 1,
        cost_usd: '4.5',
        requests: 4,
      },
      estimated_share: 0.777778,
    });
    await enter({ ...expired, request_id: 'r1', entry: 'corrected', cost_usd: '-3', requests: -1 });
    expect((await report()).total).toMatchObject({ cost_usd: '1.5', requests: 3, estimated_share: 0.333333 });
  });

  test('tells what the cache and routing have saved, also where routing was dearer', async () => {
    const ts = at('2026-11-10T00:00:00Z');
    const hit = { entry: 'cache_hit', attempt: 0, usage_source: 'cache', cost_usd: '0' } as const;
    await enter(
      { ts, ...hit, cache_tier: 'exact', saved_usd: '0.000000001' },
      {
        ts,
        ...hit,
        cache_tier: 'semantic',
        saved_input_tokens: 100,
        saved_output_tokens: 20,
        saved_ms: 1_250,
      },
      { ts, cost_usd: '1', asked_model_cost_usd: '4', model: 'cheap' },
      { ts, cost_usd: '5', asked_model_cost_usd: '4', model: 'dear' },
      { ts, cost_usd: '7', asked_model_cost_usd: null },
    );
    const made = await report({ group_by: 'model' });
    const saved = (model: string) => made.data.find((row) => row.model === model)?.routing_savings_usd;
    expect([saved('cheap'), saved('dear')]).toEqual(['3', '-1']);
    expect(made.total).toMatchObject({
      ...{ cache_hits: 2, semantic_cache_hits: 1, cache_saved_tokens: 120, cache_saved_seconds: 1.25 },
      cache_savings_usd: '0.000000001',
      routing_savings_usd: '2',
    });
  });

  test('adds up beyond what a double holds exactly', async () => {
    const ts = at('2026-11-10T00:00:00Z');
    await enter({ ts, cost_usd: '9007199.254740993' }, { ts, cost_usd: '90071992547.000000001' });
    expect((await report()).total?.cost_usd).toBe('90080999746.254740994');
  });

  test('says from when on rows may be missing', async () => {
    await enter({ ts: at('2026-11-28T09:00:00Z') });
    const complete = Date.parse((await report()).complete_until);
    expect(Math.abs(complete - Date.now())).toBeLessThan(60_000);
    await tables.enter([entryOf({ ts: at('2026-11-28T09:20:00Z') })]);
    expect(await report()).toMatchObject({
      complete_until: '2026-11-28T09:15:00.000Z',
      total: { requests: 1 },
    });
  });

  test('comes in pages, none of whose rows is missing or there twice', async () => {
    const names = [...Array(23).keys()].map((index) => `người-${index}-${'x'.repeat(240)}`);
    await enter(
      ...names.map((end_user, index) => ({ ts: at(`2026-11-0${1 + (index % 5)}T12:00:00Z`), end_user })),
    );
    for (const interval of ['none', 'day', 'hour'] as const) {
      const asked = { group_by: 'end_user,model', interval, limit: 4 } as const;
      const seen: (string | null)[] = [];
      let page = await report(asked);
      expect(page.total?.requests).toBe(23);
      for (;;) {
        seen.push(...page.data.map(({ end_user }) => end_user));
        if (page.next === null) break;
        page = await report({ ...asked, after: page.next });
        expect(page.total).toBeNull();
      }
      expect(seen.toSorted()).toEqual(names.toSorted());
    }
  });

  test('of nothing has no rows and a total of zeros', async () => {
    const made = await report({ group_by: 'key' });
    expect(made).toMatchObject({ data: [], total: { requests: 0, cost_usd: '0', estimated_share: null } });
  });

  test('of one organisation is all that its admin sees', async () => {
    const ts = at('2026-11-10T00:00:00Z');
    await enter({ ts }, { ts, organisation_id: 'beta', cost_usd: '8' });
    expect((await report({ group_by: 'organisation' }, 'acme')).data).toMatchObject([
      { organisation: 'acme' },
    ]);
    expect((await report({}, 'acme')).total?.cost_usd).toBe('1');
    expect((await report({}, 'beta')).total?.cost_usd).toBe('8');
    expect((await report()).total?.cost_usd).toBe('9');
    await expect(report({ organisation_id: 'beta' }, 'acme')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    [{ group_by: 'tag,key' }, 'group_by'],
    [{ group_by: 'tag', end_user: 'ana' }, 'group_by'],
    [{ tag: 'batch', team: 'search' }, 'group_by'],
    [{ from: '2026-11-02', to: '2026-11-01' }, 'from'],
    [{ from: '2026-12' }, 'from'],
    [{ after: 'nonsense' }, 'after'],
    [
      { after: Buffer.from('[null,"2026-13-45T99:99","","","","","","","",""]').toString('base64url') },
      'after',
    ],
  ] as [Asked, string][])('that %j asks for is refused, with what is wrong (%s)', async (asked, param) => {
    await expect(report(asked)).rejects.toMatchObject({ code: 'invalid_request', details: { param } });
  });

  test.each(['Asia/Kolkata', 'Asia/Calcutta', 'Europe/BERLIN', 'Etc/GMT+5', 'America/Port-au-Prince'])(
    'a day in the time zone %s begins when JavaScript says so',
    async (timeZone) => {
      const { from } = await report({ from: '2026-11-27', to: '2026-11-28', time_zone: timeZone });
      const begins = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short', dateStyle: 'short' });
      expect(begins.format(new Date(from))).toBe('27/11/2026, 00:00');
    },
  );

  test.each([
    { group_by: 'colour' },
    { group_by: 'tag,tag' },
    { group_by: '' },
    { from: '2026-02-30' },
    { from: '2026-13' },
    { from: 'yesterday' },
    { time_zone: 'Mars/Olympus' },
    { time_zone: '+05:30' },
    { time_zone: 'IST' },
    { tag: 'a\u0000b' },
    { limit: 10_001 },
    { format: 'xml' as 'csv' },
  ])('that %j asks for is no request', (asked) => {
    expect(readCostReport.request.safeParse(asked).success).toBe(false);
  });
});
