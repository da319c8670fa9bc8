import { setTimeout as delay } from 'node:timers/promises';
import { attemptMade, usagePriced } from '@weir/contracts/usage-events';
import { createTestDatabase } from '@weir/testkit/servers/test-database';
import { eventually } from '@weir/testkit/eventually';
import { startNats } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { expect, test } from 'vitest';
import { attempt, openTables, publishAttempts, startReplica } from './ledger-harness.ts';

test('while Postgres is killed and comes back, again and again, no row is lost and none is doubled', async () => {
  const [nats, own] = await Promise.all([
    startNats({ config: 'open' }),
    createTestDatabase({ ownServer: true }),
  ]);
  const settings = { WEIR_DATABASE_CONNECT_TIMEOUT_MS: '1000' };
  const tables = await openTables({ database: own, settings });
  const replicas = [await startReplica({ nats, tables }), await startReplica({ nats, tables })];
  const [{ bus }] = replicas as [(typeof replicas)[0]];
  const heard = new Set<string>();
  const subscriber = await connectTestBus({ url: nats.url, service: 'subscriber' });
  subscriber.consume(usagePriced, async (events) => {
    for (const { id } of events) heard.add(id);
  });
  const published: string[] = [];
  const over = new AbortController();
  const publishing = (async () => {
    while (!over.signal.aborted) {
      const some = Array.from({ length: 20 }, () => attempt());
      publishAttempts(bus, some);
      published.push(...some.map(({ requestId }) => requestId));
      await delay(10);
    }
  })();
  for (let outage = 0; outage < 3; outage++) {
    const before = published.length;
    await eventually(() => {
      expect(published.length).toBeGreaterThan(before + 200);
    });
    await own.server?.kill();
    const during = published.length;
    await eventually(() => {
      expect(published.length).toBeGreaterThan(during + 200);
    });
    await own.server?.restart();
  }
  over.abort();
  await publishing;
  await eventually(async () => {
    const { pending } = await bus.consumerPosition(attemptMade, { as: 'ledger' });
    expect(pending).toBe(0);
    expect(heard.size).toBe(published.length);
  }, 60_000);
  const rows = await tables.sql('select request_id from llm_usage_log order by request_id');
  expect(rows.map(({ request_id }) => request_id)).toEqual([...published].sort());
  await Promise.all([...replicas.map((replica) => replica.stop()), subscriber.drain()]);
  await tables.close();
  await nats.close();
}, 120_000);
