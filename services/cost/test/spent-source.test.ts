import type { Scope } from '@weir/contracts/cost/limits';
import { attemptMade, usageAdjusted, type AttemptMade } from '@weir/contracts/usage-events';
import { matchesPattern } from '@weir/service-kit/name-pattern';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SpentQuery } from '../src/domain/spent-source.ts';
import { LedgerSpentSource } from '../src/ledger/ledger-spent-source.ts';
import { entryOfAdjustment, entryOfAttempt } from '../src/ledger/ledger-entry.ts';
import { LedgerWriter } from '../src/ledger/ledger-writer.ts';
import { refreshRollups } from '../src/ledger/rollups.ts';
import type { EnteredThrough } from '../src/ledger/sequence-barrier.ts';
import {
  adjustment,
  attempt,
  openTables,
  publishAttempts,
  startReplica,
  type Tables,
} from './ledger-harness.ts';

const dayMs = 86_400_000;
const todayMs = Math.floor(Date.now() / dayMs) * dayMs;

let nats: NatsTestServer;
let tables: Tables;

beforeAll(async () => {
  [nats, tables] = await Promise.all([startNats({ config: 'open' }), openTables()]);
});

afterAll(async () => {
  await Promise.all([nats.close(), tables.close()]);
});

describe('a sum through a place in the stream', () => {
  const scopes: readonly (Scope & { readonly holds: (of: AttemptMade) => boolean })[] = [
    { kind: 'installation', id: 'all', holds: () => true },
    { kind: 'organisation', id: 'acme', holds: ({ tenant }) => tenant === 'acme' },
    { kind: 'team', id: 't', holds: ({ teamId }) => teamId === 't' },
    { kind: 'user', id: 'u', holds: ({ userId }) => userId === 'u' },
    { kind: 'key', id: 'abcd1234', holds: ({ keyId }) => keyId === 'abcd1234' },
    {
      kind: 'tag',
      organisation: 'acme',
      id: 'a',
      holds: ({ tenant, tags }) => tenant === 'acme' && tags?.includes('a') === true,
    },
    {
      kind: 'end_user',
      organisation: 'acme',
      id: 'e',
      holds: ({ tenant, endUser }) => tenant === 'acme' && endUser === 'e',
    },
  ];
  const patterns = ['*', 'gpt-5*', 'openai/*', '*/gpt%5_', 'none', String.raw`*\*`];

  const anyAttempt = fc
    .record({
      startedAtMs: fc.integer({ min: todayMs - dayMs, max: todayMs + dayMs }),
      tenant: fc.constantFrom('acme', 'other'),
      teamId: fc.constantFrom('t', undefined),
      userId: fc.constantFrom('u', undefined),
      keyId: fc.constantFrom('abcd1234', 'other000', undefined),
      tags: fc.subarray(['a', 'b']),
      endUser: fc.constantFrom('e', undefined),
      provider: fc.constantFrom('openai', 'azure'),
      model: fc.constantFrom('gpt-5', 'GPT-5', 'gpt%5_', String.raw`x\y`),
      attempt: fc.constantFrom(1, 2),
      nanoUsd: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
    })
    .map(({ nanoUsd, ...given }) =>
      attempt({ ...given, cost: nanoUsd === undefined ? undefined : { nanoUsd, priceId: 'p' } }),
    );

  const anyQuery = fc
    .record({
      scope: fc.constantFrom(...scopes),
      model: fc.constantFrom(...patterns),
      unit: fc.constantFrom('usd' as const, 'requests' as const, 'tokens' as const),
      times: fc.tuple(fc.integer({ min: todayMs - dayMs, max: todayMs + dayMs }), fc.nat(2 * dayMs)),
      bucketMs: fc.constantFrom(undefined, 60_000, 3_600_000, 5_000_000),
    })
    .map(({ times: [fromMs, lengthMs], bucketMs, ...query }) => ({
      ...query,
      fromMs,
      toMs: fromMs + lengthMs,
      ...(bucketMs !== undefined && { bucketMs }),
    }));

  test('is what a sum over the events themselves is, by rollups and rows together, whatever was entered beyond', async () => {
    const replica = await startReplica({ nats, tables });
    await replica.stop();
    const months = { makeRoomFor: () => Promise.resolve() };
    const writer = new LedgerWriter({ database: tables.database, months });
    const rounds = fc.array(
      fc.record({ attempts: fc.array(anyAttempt, { maxLength: 20 }), refresh: fc.boolean() }),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        rounds,
        fc.array(anyQuery, { minLength: 1, maxLength: 4 }),
        fc.nat(60),
        async (given, queries, through) => {
          for (const table of [
            'llm_usage_log',
            'dirty_quarters',
            'usage_quarter_hourly',
            'usage_quarter_hourly_by_tag',
            'usage_quarter_hourly_by_end_user',
          ])
            await tables.sql(`truncate ${table}`);
          let sequence = 0;
          const [time] = await tables.sql('select clock_timestamp() as now');
          const known: { of: AttemptMade; sequence: number }[] = [];
          for (const { attempts, refresh } of given) {
            const some = attempts.map((of) => ({ of, sequence: ++sequence }));
            known.push(...some);
            await writer.enter(
              some.map(({ of, sequence: streamSequence }) => ({ entry: entryOfAttempt(of), streamSequence })),
            );
            if (refresh) await tables.database.transaction((transaction) => refreshRollups(transaction));
          }
          const passed = {
            sequence: through,
            streamCreatedAt: 's',
            since: time?.['now'] as Date,
          } satisfies EnteredThrough;
          const source = new LedgerSpentSource({
            database: tables.database,
            barrier: { passed: () => Promise.resolve(passed) },
          });
          for (const query of queries) {
            const { throughSequence, used } = await source.read(query);
            expect(throughSequence).toBe(through);
            expect(withoutZeros(used)).toEqual(
              withoutZeros(
                modelOf(
                  query,
                  known.filter((each) => each.sequence <= through),
                ),
              ),
            );
          }
        },
      ),
      { numRuns: 30 },
    );
  }, 120_000);

  function modelOf(
    { scope, model, unit, fromMs, toMs, bucketMs }: SpentQuery & { scope: (typeof scopes)[number] },
    known: { of: AttemptMade }[],
  ) {
    const used = new Map<number, number>();
    for (const { of } of known) {
      const names = [of.model, `${of.provider}/${of.model}`];
      const isMeant =
        scope.holds(of) && names.some((name) => matchesPattern(model.toLowerCase(), name.toLowerCase()));
      if (!isMeant || of.startedAtMs < fromMs || of.startedAtMs >= toMs) continue;
      const index = bucketMs === undefined ? 0 : Math.floor(of.startedAtMs / bucketMs);
      const units = { usd: of.cost?.nanoUsd ?? 0, requests: of.attempt === 1 ? 1 : 0, tokens: 30 };
      used.set(index, (used.get(index) ?? 0) + units[unit]);
    }
    return used;
  }

  const withoutZeros = (used: ReadonlyMap<number, number>) =>
    new Map([...used].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b));
});

const query: SpentQuery = {
  scope: { kind: 'organisation', id: 'acme' },
  model: '*',
  unit: 'usd',
  fromMs: 0,
  toMs: Infinity,
};

/** Until its consumers are there nobody can say how far they are. */
const untilItReads = ({ spent }: { spent: Pick<LedgerSpentSource, 'read'> }) =>
  eventually(async () => {
    await spent.read(query);
  });

test('a sum has all that was in the stream when it was asked for, corrections among it, while more comes', async () => {
  await tables.sql('truncate llm_usage_log');
  await tables.sql('truncate usage_quarter_hourly');
  const { bus, ledger, stop } = await startReplica({ nats, tables });
  await untilItReads(ledger);
  const late = attempt();
  bus.publishDurable(usageAdjusted, adjustment(late, 'expired'), 'expired');
  publishAttempts(bus, [late, attempt({ cost: undefined })]);
  bus.publishDurable(usageAdjusted, adjustment(late, 'corrected'), 'corrected');
  await bus.durablePublished();
  let published = 0;
  const over = new AbortController();
  const publishing = (async () => {
    while (!over.signal.aborted) {
      publishAttempts(bus, [attempt({ tenant: 'other' })]);
      published++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const sums = await Promise.all(Array.from({ length: 20 }, () => ledger.spent.read(query)));
  over.abort();
  await publishing;
  for (const { used } of sums) expect(used).toEqual(new Map([[0, 1_500]]));
  const requests = await ledger.spent.read({ ...query, unit: 'requests' });
  expect(requests.used).toEqual(new Map([[0, 2]]));
  await bus.durablePublished();
  const last = await ledger.spent.read({
    ...query,
    scope: { kind: 'organisation', id: 'other' },
    unit: 'requests',
  });
  expect(last.used).toEqual(new Map([[0, published]]));
  const { lastSequence, streamCreatedAt } = await bus.consumerPosition(attemptMade, { as: 'ledger' });
  expect(last).toMatchObject({ streamCreatedAt });
  expect(last.throughSequence).toBeLessThanOrEqual(lastSequence);
  await stop();
}, 30_000);

test('while the ledger does not get there, there is no sum', async () => {
  let isHeld = true;
  const held = Promise.withResolvers<undefined>();
  const { bus, ledger, stop } = await startReplica({
    ...{ nats, tables },
    wrap: (real) => ({
      consume: real.consume.bind(real),
      consumerPosition: real.consumerPosition.bind(real),
      publishDurable: real.publishDurable.bind(real),
      durablePublished: async () => {
        if (isHeld) await held.promise;
      },
    }),
  });
  await untilItReads(ledger);
  publishAttempts(bus, [attempt()]);
  await bus.durablePublished();
  await expect(ledger.spent.read(query)).rejects.toMatchObject({ code: 'service_unavailable' });
  isHeld = false;
  held.resolve(undefined);
  await eventually(async () => {
    expect((await ledger.spent.read(query)).used.get(0)).toBe(3_000);
  });
  await stop();
}, 30_000);

test('what is entered for a replayed dead letter belongs to every sum', async () => {
  const writer = new LedgerWriter({
    database: tables.database,
    months: { makeRoomFor: () => Promise.resolve() },
  });
  const tenant = 'replayed';
  await writer.enter([{ entry: entryOfAttempt(attempt({ tenant })), streamSequence: null }]);
  await writer.enter([
    { entry: entryOfAdjustment(adjustment(attempt({ tenant }), 'expired')), streamSequence: 7 },
  ]);
  const passed = { sequence: 3, streamCreatedAt: 's', since: new Date(0) };
  const source = new LedgerSpentSource({
    database: tables.database,
    barrier: { passed: () => Promise.resolve(passed) },
  });
  const { used } = await source.read({ ...query, scope: { kind: 'organisation', id: tenant } });
  expect(used).toEqual(new Map([[0, 1_500]]));
});
