import type { Hold } from '@weir/contracts/cost/admission';
import { eventually } from '@weir/testkit/eventually';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from './world.ts';

const usd = 1_000_000_000;
const acme = { kind: 'organisation', id: 'acme' } as const;

let server: TestRedis;
beforeAll(async () => {
  server = await createTestRedis({ ownServer: true });
});
afterAll(() => server.close());

test('4 replicas, 200 parallel requests, and Redis killed in the middle: no more than the cap of $30 is ever admitted', async () => {
  const world = await World.start(server.url, 4);
  await world.setLimits(acme, [{ unit: 'usd', limit: '30', window: 'month' }]);
  // The counter is there, so that the crowd meets Redis, and not the ledger.
  await world.first.reserve(world.hold('first', { amountNanoUsd: 0.5 * usd }));
  const admitted: Hold[] = [world.hold('first', { amountNanoUsd: 0.5 * usd })];
  const codes = new Set<unknown>();
  const crowd = (name: string) =>
    Array.from({ length: 200 }, async (_, i) => {
      const hold = world.hold(`${name}${i}`, { amountNanoUsd: 0.5 * usd });
      await world.replicas[i % 4]?.reserve(hold).then(
        () => admitted.push(hold),
        (error: unknown) => codes.add((error as { code?: unknown }).code),
      );
    });
  const admittedUsd = () => admitted.length * 0.5;

  const early = crowd('early');
  await Promise.race(early);
  await server.server?.kill();
  await Promise.all(early);
  const survivors = [...admitted];
  await server.server?.restart();
  for (const replica of world.replicas)
    await eventually(async () => {
      expect(await replica.redis.missing()).toEqual([]);
    });
  await Promise.all(crowd('closed'));
  expect(admitted).toEqual(survivors);
  // Routers tell which of their attempts are under way; what they do not know was never sent.
  await world.first.renew(survivors);
  await world.advance(6_000);
  await eventually(async () => {
    await Promise.all(crowd('late'));
    expect(codes).toContain('budget_reserved');
  });
  expect(admittedUsd()).toBeGreaterThan(0.5);
  expect(admittedUsd()).toBeLessThanOrEqual(30);
  expect([...codes].sort()).toEqual(['budget_reserved', 'service_unavailable']);
  await world.close();
});
