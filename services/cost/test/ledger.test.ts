import {
  attemptMade,
  cacheAnswered,
  usageAdjusted,
  usagePriced,
  type UsagePriced,
} from '@weir/contracts/usage-events';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { DeclaredBus } from '@weir/service-kit/declared-bus';
import { Fault } from '@weir/service-kit/fault';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manifest } from '../src/manifest.ts';
import type { LedgerParts } from '../src/ledger/start-ledger.ts';
import {
  adjustment,
  attempt,
  openTables,
  publishAttempts,
  startReplica,
  type Tables,
} from './ledger-harness.ts';

let nats: NatsTestServer;
let tables: Tables;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  [nats, tables] = await Promise.all([startNats({ config: 'open' }), openTables()]);
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await Promise.all([nats.close(), tables.close()]);
});

async function join(options: Partial<Parameters<typeof startReplica>[0]> = {}) {
  const replica = await startReplica({ nats, tables, ...options });
  closing.push(replica.stop);
  return replica;
}

/** What subscribers hear, by the ids of events, with how often. */
async function subscribe() {
  const heard = new Map<string, { times: number; data: UsagePriced }>();
  const bus = await connectTestBus({ url: nats.url, service: 'subscriber' });
  closing.push(() => bus.drain());
  bus.consume(usagePriced, async (events) => {
    for (const { id, data } of events) heard.set(id, { times: (heard.get(id)?.times ?? 0) + 1, data });
  });
  return heard;
}

const idOf = ({ requestId, attempt: number }: { requestId: string; attempt: number }) =>
  `${requestId}:${number}`;

const countRows = async () =>
  Number((await tables.sql('select count(*) as rows from llm_usage_log'))[0]?.['rows']);

test('usage that cannot be is entered as suspect: what was claimed stands beside what is charged', async () => {
  const { bus } = await join();
  const heard = await subscribe();
  const suspect = { inputTokens: Number.MAX_SAFE_INTEGER, outputTokens: 0 };
  const lied = attempt({ usage: { source: 'estimated', suspect } });
  publishAttempts(bus, [lied]);
  await eventually(() => {
    expect(heard.get(idOf(lied))?.data).toMatchObject({
      claimedTokens: Number.MAX_SAFE_INTEGER,
      isEstimate: true,
    });
  });
  const [row] = await tables.sql('select * from llm_usage_log where request_id = $1', lied.requestId);
  expect(row).toMatchObject({
    claimed_tokens: '1000000000000',
    uncached_input_tokens: '10',
    usage_source: 'estimated',
  });
});

test('each attempt is one row with all that was told of it, and subscribers are told', async () => {
  const { bus } = await join();
  const heard = await subscribe();
  const full = attempt({
    ...{ teamId: 'search', userId: 'ann', tags: ['batch', 'a "b" \\ {c}'], endUser: 'customer-7' },
    ...{ config: 'chat', path: 'targets/1', credential: 'a1b2c3d4', firstContentMs: 3, streamed: true },
    usage: { cacheReadTokens: 5, cacheWrite1hTokens: 7, reasoningTokens: 4, serviceTier: 'flex' },
    modelAskedNanoUsd: 4_500,
    metadata: { feature: 'search' },
  });
  const unpriced = attempt({ cost: undefined, provider: 'local', usage: { source: 'estimated' } });
  const unbilled = attempt({ cost: undefined, maybeBilled: false, outcome: 'provider_error', attempt: 2 });
  publishAttempts(bus, [full, unpriced, unbilled]);
  await eventually(() => {
    expect(heard.size).toBe(3);
  });
  const [row] = await tables.sql('select * from llm_usage_log where request_id = $1', full.requestId);
  expect(row).toMatchObject({
    ...{ ts: new Date(full.startedAtMs), attempt: 1, entry: 'attempt', organisation_id: 'acme', requests: 1 },
    ...{ team_id: 'search', user_id: 'ann', key_id: 'abcd1234', tags: full.tags, end_user: 'customer-7' },
    ...{ config: 'chat', path: 'targets/1', credential: 'a1b2c3d4', purpose: 'first', first_content_ms: 3 },
    ...{ streamed: true, uncached_input_tokens: '10', cache_read_tokens: '5', reasoning_tokens: '4' },
    ...{ total_tokens: '42', service_tier: 'flex', usage_source: 'provider', cost_usd: '0.000001500' },
    ...{
      asked_model_cost_usd: '0.000004500',
      price_id: 'openai/gpt-5-mini@1',
      metadata: { feature: 'search' },
    },
    ...{ stream_sequence: '1', maybe_billed: true, model_served: 'gpt-5-mini', latency_ms: 12.5 },
  });
  const costs = await tables.sql(
    'select request_id, cost_usd, price_id from llm_usage_log order by request_id',
  );
  expect(costs).toContainEqual({ request_id: unpriced.requestId, cost_usd: null, price_id: null });
  expect(costs).toContainEqual({ request_id: unbilled.requestId, cost_usd: '0.000000000', price_id: null });
  expect(heard.get(idOf(full))?.data).toMatchObject({
    costUsd: '0.0000015',
    inputTokens: 22,
    outputTokens: 20,
  });
  expect(heard.get(idOf(unpriced))?.data).toMatchObject({ costUsd: null, priceId: null, isEstimate: true });
});

test('what was charged for an attempt that nobody told of is taken back by a row of its own when it is told', async () => {
  const { bus } = await join();
  const late = attempt();
  bus.publishDurable(usageAdjusted, adjustment(late, 'expired'), `${idOf(late)}:expired`);
  bus.publishDurable(usageAdjusted, adjustment(late, 'corrected'), `${idOf(late)}:corrected`);
  publishAttempts(bus, [late]);
  await eventually(async () => {
    expect(await countRows()).toBe(3);
  });
  const [sum] = await tables.sql(
    'select sum(cost_usd) as cost, sum(requests) as requests, sum(total_tokens) as tokens from llm_usage_log',
  );
  expect(sum).toEqual({ cost: '0.000001500', requests: '1', tokens: '30' });
});

test('an answer from the cache is a row that costs nothing, with what it has saved', async () => {
  const { bus } = await join();
  const { requestId, tenant, startedAtMs, modelAsked, latencyMs, provider, model } = attempt();
  const answer = { requestId, tenant, startedAtMs, modelAsked, latencyMs, provider, model };
  const saved = { inputTokens: 100, outputTokens: 20, latencyMs: 1_250 };
  const semantic = { tier: 'semantic' as const, savedNanoUsd: 7_000, saved, similarity: 0.975 };
  // As versions have told it that knew of money alone.
  const older = { ...answer, requestId: 'older', tier: 'exact' as const, savedNanoUsd: 1_000 };
  bus.publishDurable(cacheAnswered, { ...answer, ...semantic }, requestId);
  bus.publishDurable(cacheAnswered, older, 'older');
  const columns = `entry, requests, cost_usd, saved_usd, cache_tier, saved_input_tokens, saved_output_tokens, saved_ms, similarity`;
  const row = { entry: 'cache_hit', requests: 1, cost_usd: '0.000000000' };
  const nothing = { saved_input_tokens: null, saved_output_tokens: null, saved_ms: null, similarity: null };
  await eventually(async () => {
    expect(await tables.sql(`select ${columns} from llm_usage_log order by saved_usd`)).toEqual([
      { ...row, ...nothing, cache_tier: 'exact', saved_usd: '0.000001000' },
      {
        ...{ ...row, cache_tier: 'semantic', saved_usd: '0.000007000' },
        ...{ saved_input_tokens: '100', saved_output_tokens: '20', saved_ms: 1_250, similarity: 0.975 },
      },
    ]);
  });
});

test('texts that Postgres does not take cost no row, neither theirs nor those of their batch', async () => {
  const { bus } = await join();
  const hostile = '\0\ud800"\\{},NULL';
  publishAttempts(bus, [
    attempt(),
    attempt({
      endUser: hostile,
      tags: [hostile],
      model: hostile,
      outcome: hostile,
      metadata: { [hostile]: hostile },
    }),
    attempt({ model: 'm'.repeat(100_000), metadata: { large: 'x'.repeat(200_000), late: 'y' } }),
    attempt({ latencyMs: 1e308, usage: { outputTokens: Number.MAX_SAFE_INTEGER } }),
  ]);
  await eventually(async () => {
    expect(await countRows()).toBe(4);
  });
  const [row] = await tables.sql(
    'select end_user, tags, metadata from llm_usage_log where end_user is not null',
  );
  const clean = '\u{FFFD}\u{FFFD}"\\{},NULL';
  expect(row).toEqual({ end_user: clean, tags: [clean], metadata: { [clean]: clean } });
  const [large] = await tables.sql('select model, metadata from llm_usage_log where length(model) > 100');
  expect(large).toMatchObject({ model: 'm'.repeat(256) });
  expect(JSON.stringify(large?.['metadata']).length).toBeLessThan(40_000);
});

test('what callers and providers choose freely can neither hide a row nor double one', async () => {
  const { bus } = await join();
  const same = {
    endUser: 'e',
    metadata: { request_id: 'same' },
    startedAtMs: Date.now(),
    usage: { modelServed: 'id' },
  };
  const [one, other] = [attempt(same), attempt(same)];
  const second = { ...one, attempt: 2, purpose: 'retry' as const };
  publishAttempts(bus, [one, other, second]);
  // The same attempt once more, with other words and another price: it was entered.
  publishAttempts(bus, [{ ...one, endUser: 'f', model: 'dear', cost: { nanoUsd: 1, priceId: 'p' } }]);
  await bus.durablePublished();
  await eventually(async () => {
    const { pending } = await bus.consumerPosition(attemptMade, { as: 'ledger' });
    expect([pending, await countRows()]).toEqual([0, 3]);
  });
  expect(await tables.sql('select sum(cost_usd) as cost from llm_usage_log')).toEqual([
    { cost: '0.000004500' },
  ]);
});

test('the rights that its manifest gives it are enough, and it does nothing else', async () => {
  const guarded = await startNats({ config: 'weir' });
  const replica = await startReplica({
    nats: { url: guarded.urlFor('cost') },
    tables,
    wrap: (bus) => new DeclaredBus(bus as ServiceBus, manifest),
  });
  const router = await connectTestBus({ url: guarded.urlFor('router'), service: 'router' });
  publishAttempts(router, [attempt()]);
  await router.durablePublished();
  const query = { model: '*', unit: 'requests', fromMs: 0, toMs: Date.now() + 1_000 } as const;
  await eventually(async () => {
    const { used } = await replica.ledger.spent.read({
      ...query,
      scope: { kind: 'organisation', id: 'acme' },
    });
    expect(used.get(0)).toBe(1);
  });
  await router.drain();
  await replica.stop();
  await guarded.close();
});

type Bus = LedgerParts['bus'];

/** As a process that dies there: nothing after it happens, and the events come again. */
const deaths: Record<string, (bus: Bus) => Bus> = {
  'before the commit': (bus) => ({
    ...pass(bus),
    consume: (event, handler, options) => {
      let died = false;
      bus.consume(
        event,
        async (events, signal) => {
          if (died) return handler(events, signal);
          died = true;
          throw new Fault('service_unavailable');
        },
        options,
      );
    },
  }),
  'between commit and publication': (bus) => {
    let died = false;
    return {
      ...pass(bus),
      publishDurable: (event, data, id) => {
        if (died) bus.publishDurable(event, data, id);
        else {
          died = true;
          throw new Fault('service_unavailable');
        }
      },
    };
  },
  'between publication and acknowledgement': (bus) => {
    let died = false;
    return {
      ...pass(bus),
      durablePublished: async () => {
        await bus.durablePublished();
        if (died) return;
        died = true;
        throw new Fault('service_unavailable');
      },
    };
  },
};

function pass(bus: Bus): Bus {
  return {
    consume: bus.consume.bind(bus),
    consumerPosition: bus.consumerPosition.bind(bus),
    publishDurable: bus.publishDurable.bind(bus),
    durablePublished: bus.durablePublished.bind(bus),
  };
}

test.each(Object.entries(deaths))(
  'a process that dies %s leaves one row for each attempt, and subscribers hear of all',
  async (_where, wrap) => {
    const { bus } = await join({ wrap });
    const heard = await subscribe();
    const attempts = Array.from({ length: 1_200 }, () => attempt());
    publishAttempts(bus, attempts);
    publishAttempts(bus, attempts.slice(0, 100));
    await eventually(async () => {
      const { pending } = await bus.consumerPosition(attemptMade, { as: 'ledger' });
      expect([pending, heard.size]).toEqual([0, 1_200]);
    }, 20_000);
    expect(await countRows()).toBe(1_200);
    expect([...heard.keys()].sort()).toEqual(attempts.map(idOf).sort());
    expect(await tables.sql('select sum(cost_usd) as cost from llm_usage_log')).toEqual([
      { cost: '0.001800000' },
    ]);
  },
);

test('replicas that are killed in mid-batch leave one row for each attempt', async () => {
  const attempts = Array.from({ length: 600 }, () => attempt());
  // It commits, and is never heard of again.
  const hanging = await join({
    wrap: (bus) => ({ ...pass(bus), durablePublished: () => new Promise(() => undefined) }),
  });
  publishAttempts(hanging.bus, attempts);
  await eventually(async () => {
    expect(await countRows()).toBeGreaterThan(0);
  });
  await hanging.bus.drain();
  const { bus } = await join();
  const heard = await subscribe();
  await eventually(async () => {
    const { pending } = await bus.consumerPosition(attemptMade, { as: 'ledger' });
    expect([pending, await countRows(), heard.size]).toEqual([0, 600, 600]);
  }, 40_000);
}, 60_000);
