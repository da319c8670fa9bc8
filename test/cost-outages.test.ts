import { attemptMade } from '@weir/contracts/usage-events';
import { freePort } from '@weir/local-servers/port';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { testAttempt } from '@weir/testkit/spending/test-attempt';
import { connectTestBus } from '@weir/testkit/test-bus';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { sumOf as sumOfMetric } from './helpers/fleet.ts';
import { settingsFor } from './helpers/gateway-fixture.ts';
import {
  keyWithLimits,
  ledgerOf,
  type LimitedKey,
  pricedModel,
  spendingOf,
  sumOf,
} from '@weir/testkit/spending/spending';

/** The least that the setting takes. */
const smallStream = { WEIR_USAGE_STREAM_MAX_BYTES: String(1024 * 1024) };

let provider: FakeProvider;
let gateway: Gateway;
let opsUrl: string;
beforeEach(async () => {
  provider = await startFakeProvider();
  const opsPort = await freePort();
  opsUrl = `http://127.0.0.1:${opsPort}`;
  gateway = await startGateway({
    router: { ...settingsFor(provider), ...smallStream },
    cost: { ...smallStream, WEIR_OPS_PORT: String(opsPort) },
    postgres: 'own',
  });
});
afterEach(async () => {
  await gateway.close();
  await provider.close();
});

test('Postgres is away under load: no request fails, limits hold on, and no row is missing after', async () => {
  const admin = adminOf(gateway.url);
  const [limited, free] = [
    await keyWithLimits(admin, [{ unit: 'usd', limit: '5', window: 'day' }]),
    await keyWithLimits(admin, []),
  ];
  const asked = new Map([limited, free].map((key) => [key, 0]));
  const failures: string[] = [];
  let isOver = false;
  const work = async (key: LimitedKey, worker: number) => {
    while (!isOver) {
      const { status, code } = await ask(gateway.baseUrl, {
        model: pricedModel,
        key: key.key,
        stream: worker % 2 === 0,
      });
      asked.set(key, (asked.get(key) ?? 0) + 1);
      if (status !== 200 || code !== undefined) failures.push(`${status} ${code}`);
    }
  };
  const workers = Array.from({ length: 8 }, (_, worker) => work(worker < 4 ? limited : free, worker));
  const answersReach = (more: number) => {
    const before = [...asked.values()];
    return eventually(() => {
      for (const [index, count] of [...asked.values()].entries())
        expect(count).toBeGreaterThan((before[index] ?? 0) + more);
    }, 20_000);
  };
  await answersReach(5);
  await gateway.postgres?.kill();
  await answersReach(20);
  await delay(2_000);
  await gateway.postgres?.restart();
  await answersReach(5);
  isOver = true;
  await Promise.all(workers);

  expect(failures).toEqual([]);
  for (const [key, count] of asked) {
    await eventually(async () => {
      expect(await ledgerOf(gateway.databaseUrl, key)).toHaveLength(count);
    }, 20_000);
  }
  const entered = sumOf(await ledgerOf(gateway.databaseUrl, limited));
  await eventually(async () => {
    expect(await spendingOf(admin, limited)).toEqual({ usedNanoUsd: entered, heldNanoUsd: 0 });
  });
}, 90_000);

test('a stream that is full drops its oldest events, requests go on, and the ledger says how many are missing', async () => {
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
  }, 20_000);
  expect(rows.length).toBeLessThan(published);
  await eventually(async () => {
    const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
    expect(sumOfMetric(metrics, 'weir_ledger_discarded_messages')).toBeGreaterThan(0);
  }, 20_000);
}, 90_000);
