import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from './world.ts';

const usd = 1_000_000_000;
const acme = { kind: 'organisation', id: 'acme' } as const;

let server: TestRedis;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());

test('of 1,000 parallel requests of a cent three replicas admit exactly 100 under a budget of a dollar', async () => {
  const world = await World.start(server.url, 3);
  await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'month' }]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1_000 }, async (_, i) =>
      world.replicas[i % 3]?.reserve(world.hold(`r${i}`, { amountNanoUsd: 0.01 * usd })),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'budget_reserved' });
  // All of them wait for one sum of the ledger, on each replica.
  expect(world.ledger.reads).toBeLessThanOrEqual(3);
  await world.close();
});

test('32 agents that ask for much and use little get their work done under a budget that fits what they use', async () => {
  const world = await World.start(server.url, 3);
  // Each holds up to $0.50, uses $0.01, and has ten requests: $3.20 in all, and $16 if all were held at once.
  await world.setLimits(acme, [{ unit: 'usd', limit: '4', window: 'day' }]);
  let done = 0;
  const agents = Array.from({ length: 32 }, (_, i) => ({ i, left: 10 }));
  for (let round = 0; round < 1_000 && done < 320; round += 1) {
    const admitted = await Promise.all(
      agents
        .filter(({ left }) => left > 0)
        .map(async (agent) => {
          const hold = world.hold(`a${agent.i}-${agent.left}`, { amountNanoUsd: 0.5 * usd });
          const isAdmitted = await world.replicas[agent.i % 3]?.reserve(hold).then(
            () => true,
            (error: unknown) => {
              // Never the end: only that others are before it.
              expect(error).toMatchObject({ code: 'budget_reserved' });
              return false;
            },
          );
          return isAdmitted ? { agent, hold } : undefined;
        }),
    );
    for (const one of admitted) {
      if (!one) continue;
      one.agent.left -= 1;
      done += 1;
      world.finish(one.hold, 0.01 * usd);
    }
    await world.deliverAll();
  }
  expect(done).toBe(320);
  await world.close();
});
