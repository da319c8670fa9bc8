import { DiscardPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { attemptMade, usageStream } from '@weir/contracts/usage-events';
import { freePort } from '@weir/local-servers/port';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { testAttempt } from '@weir/testkit/spending/test-attempt';
import { connectTestBus } from '@weir/testkit/test-bus';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { sumOf as sumOfMetric } from './helpers/fleet.ts';
import { settingsFor } from './helpers/gateway-fixture.ts';
import {
  keyWithLimits,
  ledgerOf,
  type LimitedKey,
  pricedModel,
  setLimits,
  spendingOf,
  sumOf,
} from '@weir/testkit/spending/spending';

/** The full minute takes `WEIR_TEST_OUTAGE_SECONDS=60`. */
const outageMs = Number(process.env['WEIR_TEST_OUTAGE_SECONDS'] ?? 8) * 1_000;

let provider: FakeProvider;
let gateway: Gateway;
let opsUrl: string;
let routerOpsUrl: string;
async function open(settings: Record<string, string> = {}, nats: 'open' | 'weir' = 'weir'): Promise<void> {
  provider = await startFakeProvider({ maxRecorded: 1_000_000 });
  const [opsPort, routerOpsPort] = [await freePort(), await freePort()];
  opsUrl = `http://127.0.0.1:${opsPort}`;
  routerOpsUrl = `http://127.0.0.1:${routerOpsPort}`;
  gateway = await startGateway({
    router: { ...settingsFor(provider), ...settings, WEIR_OPS_PORT: String(routerOpsPort) },
    cost: { ...settings, WEIR_OPS_PORT: String(opsPort) },
    postgres: 'own',
    nats,
  });
}
afterEach(async () => {
  await gateway.close();
  await provider.close();
});

test(
  'Postgres is away under load: no request fails, limits hold on, and each attempt is one row after',
  async () => {
    await open();
    const admin = adminOf(gateway.url);
    const [limited, free] = [
      await keyWithLimits(admin, [{ unit: 'usd', limit: '50', window: 'day' }]),
      await keyWithLimits(admin, []),
    ];
    // Its counters are there before the outage for these end users.
    await setLimits(admin, 'end_user', 'default/*', [{ unit: 'requests', limit: 1_000_000, window: 'day' }]);
    const spent = await keyWithLimits(admin, [{ unit: 'requests', limit: 1, window: 'day' }]);
    const users = ['ada', "Grace O'Hopper", '史密斯 / *', ''];
    for (const user of users) await ask(gateway.baseUrl, { model: pricedModel, key: limited.key, user });
    expect(await statusOf(spent)).toBe(200);

    const asked = new Map([limited, free].map((key) => [key, key === limited ? users.length : 0]));
    const failures: string[] = [];
    let isOver = false;
    const work = async (key: LimitedKey, worker: number) => {
      for (let turn = worker; !isOver; turn++) {
        const user = users[turn % users.length] ?? '';
        const question = { model: pricedModel, key: key.key, stream: worker % 2 === 0, user };
        const { status, code } = await ask(gateway.baseUrl, question);
        asked.set(key, (asked.get(key) ?? 0) + 1);
        if (status !== 200 || code !== undefined) failures.push(`${status} ${code}`);
      }
    };
    const workers = Array.from({ length: 8 }, (_, worker) => work(worker < 4 ? limited : free, worker));
    await answersReach(asked, 5);
    await gateway.postgres?.kill();
    await delay(outageMs);
    expect(await statusOf(spent)).toBe(429);
    await answersReach(asked, 20);
    await gateway.postgres?.restart();
    await answersReach(asked, 5);
    isOver = true;
    await Promise.all(workers);

    expect(failures).toEqual([]);
    for (const [key, count] of asked) {
      const entries = await eventually(async () => {
        const entered = await ledgerOf(gateway.databaseUrl, key);
        expect(entered).toHaveLength(count);
        return entered;
      }, 30_000);
      expect(new Set(entries.map(({ request_id, attempt }) => `${request_id}:${attempt}`)).size).toBe(count);
      expect(new Set(entries.map(({ end_user }) => end_user ?? ''))).toEqual(new Set(users));
    }
    const calls = provider.requests.filter(({ method }) => method === 'POST');
    expect(calls).toHaveLength([...asked.values()].reduce((sum, count) => sum + count, 1));
    const entered = sumOf(await ledgerOf(gateway.databaseUrl, limited));
    await eventually(async () => {
      expect(await spendingOf(admin, limited)).toEqual({ usedNanoUsd: entered, heldNanoUsd: 0 });
    });
  },
  outageMs + 120_000,
);

const statusOf = async ({ key }: LimitedKey) =>
  (await ask(gateway.baseUrl, { model: pricedModel, key })).status;

/** Resolves once each key has got so many more answers. */
function answersReach(asked: ReadonlyMap<LimitedKey, number>, more: number): Promise<void> {
  const before = [...asked.values()];
  return eventually(() => {
    for (const [index, count] of [...asked.values()].entries())
      expect(count).toBeGreaterThan((before[index] ?? 0) + more);
  }, 20_000);
}

test('a stream that is full drops its oldest events, requests go on, and the ledger says how many are missing', async () => {
  // The least that the setting takes.
  await open({ WEIR_USAGE_STREAM_MAX_BYTES: String(1024 * 1024) });
  const free = await keyWithLimits(adminOf(gateway.url), []);
  await gateway.postgres?.kill();
  const bus = await connectTestBus({ url: gateway.nats.urlFor('router'), service: 'router' });
  const published = 6_000;
  for (let index = 0; index < published; index++) {
    const attempt = testAttempt({ requestId: `full-${index}`, keyId: free.id, nanoUsd: 36_800 });
    bus.publishDurable(attemptMade, attempt, `full-${index}:1`);
    if (index % 500 === 0) await delay(20);
  }
  await bus.drain();
  expect((await ask(gateway.baseUrl, { model: pricedModel, key: free.key })).status).toBe(200);

  await gateway.postgres?.restart();
  const rows = await eventually(async () => {
    const entered = await ledgerOf(gateway.databaseUrl, free);
    // The newest is there.
    expect(entered.some(({ request_id }) => request_id === `full-${published - 1}`)).toBe(true);
    return entered;
  }, 45_000);
  expect(rows.length).toBeLessThan(published);
  await eventually(async () => {
    const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
    expect(sumOfMetric(metrics, 'weir_ledger_discarded_messages')).toBeGreaterThan(0);
  }, 45_000);
}, 150_000);

test('JetStream takes no more: requests go on and are held for, it is seen, and all that was kept is entered after', async () => {
  await open({}, 'open');
  const admin = adminOf(gateway.url);
  const [limited, free] = [
    await keyWithLimits(admin, [{ unit: 'usd', limit: '50', window: 'day' }]),
    await keyWithLimits(admin, []),
  ];
  const askEach = async (count: number) => {
    for (let turn = 0; turn < count; turn++)
      expect([await statusOf(limited), await statusOf(free)]).toEqual([200, 200]);
  };
  const rowsReach = (count: number) =>
    eventually(async () => {
      for (const key of [limited, free]) expect(await ledgerOf(gateway.databaseUrl, key)).toHaveLength(count);
    }, 20_000);
  await askEach(5);
  await rowsReach(5);

  const giveBack = await fillUsageStream();
  await askEach(40);
  const metrics = await (await fetch(`${routerOpsUrl}/metrics`)).text();
  expect(sumOfMetric(metrics, 'weir_bus_events_pending')).toBeGreaterThanOrEqual(80);
  expect(sumOfMetric(metrics, 'weir_bus_events_lost_total')).toBe(0);
  expect(gateway.router.log.filter((line) => line.includes('Durable events are not stored'))).toHaveLength(1);
  const spending = await spendingOf(admin, limited);
  expect(spending?.heldNanoUsd).toBeGreaterThan(0);

  await giveBack();
  await rowsReach(45);
  const entered = sumOf(await ledgerOf(gateway.databaseUrl, limited));
  await eventually(async () => {
    expect(await spendingOf(admin, limited)).toEqual({ usedNanoUsd: entered, heldNanoUsd: 0 });
  });
}, 60_000);

/** From now on JetStream refuses what is to be stored of usage, as where its space is used up; until what this resolves to is called. */
async function fillUsageStream(): Promise<() => Promise<void>> {
  const nats = await connect({ servers: gateway.nats.url });
  const { streams } = await jetstreamManager(nats);
  const { config } = await streams.info(usageStream.name);
  await streams.update(usageStream.name, { ...config, discard: DiscardPolicy.New, max_bytes: 1 });
  return async () => {
    await streams.update(usageStream.name, config);
    await nats.close();
  };
}
