import type { LimitState } from '@weir/contracts/cost/admission';
import { attemptMade } from '@weir/contracts/usage-events';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { entryOfAttempt } from '../../src/ledger/ledger-entry.ts';
import { startMs, World } from './world.ts';

const usd = 1_000_000_000;
const acme = { kind: 'organisation', id: 'acme' } as const;
const key = { kind: 'key', id: 'abcd1234' } as const;
const dayEndMs = Date.UTC(2026, 5, 16);

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  world = await World.start(server.url);
});
afterEach(() => world.close());

const stateOf = (states: readonly LimitState[], unit: LimitState['unit']) =>
  states.find((state) => state.unit === unit);

test('where nothing limits, everything is admitted, and nothing is held', async () => {
  expect(await world.first.reserve(world.hold('a', { amountNanoUsd: 10 ** 15 }))).toEqual({ limits: [] });
});

test('before all limits are known, nothing is admitted', async () => {
  const unknowing = new World(server.url);
  const replica = await unknowing.addReplica();
  await expect(replica.reserve(unknowing.hold('a'))).rejects.toMatchObject({ code: 'service_unavailable' });
  await unknowing.close();
});

describe('a budget', () => {
  test('admits up to its amount, tells what is left, and when it resets', async () => {
    await world.setLimits(acme, [{ unit: 'usd', limit: '2.5', window: 'day' }], 'finance@acme.example');
    expect(await world.first.reserve(world.hold('a'))).toEqual({
      limits: [
        {
          ...{ scope: 'organisation/acme', unit: 'usd', window: 'day', model: '*', limit: '2.5' },
          ...{ remaining: '1.5', resetAtMs: dayEndMs, contact: 'finance@acme.example' },
        },
      ],
    });
    const second = world.hold('b', { amountNanoUsd: 1.5 * usd });
    expect(await world.first.reserve(second)).toMatchObject({ limits: [{ remaining: '0' }] });
    await expect(world.first.reserve(world.hold('c', { amountNanoUsd: 1 }))).rejects.toMatchObject({
      code: 'budget_reserved',
      details: { retryAfterMs: 250, limit: { scope: 'organisation/acme', remaining: '0' } },
    });
    expect(await world.first.reserve(world.hold('free', { amountNanoUsd: 0 }))).toMatchObject({
      limits: [{ remaining: '0' }],
    });
  });

  test('that is spent says so, with its reset, whom to ask, and nothing of a window without an end', async () => {
    await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'day' }], 'finance@acme.example');
    const hold = world.hold('a');
    await world.first.reserve(hold);
    world.finish(hold, 0.99 * usd);
    await world.deliverAll();
    await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject({
      code: 'insufficient_quota',
      details: {
        retryAfterMs: dayEndMs - startMs,
        limit: { limit: '1', remaining: '0.01', resetAtMs: dayEndMs, contact: 'finance@acme.example' },
      },
    });
    await world.setLimits(key, [{ unit: 'usd', limit: '0.5', window: 'total' }]);
    const fault = await world.first
      .reserve(world.hold('c', { amountNanoUsd: 0.1 * usd }))
      .catch((e: unknown) => e);
    expect(fault).toMatchObject({
      code: 'insufficient_quota',
      details: { limit: { scope: 'key/abcd1234' } },
    });
    expect(fault).not.toHaveProperty('details.retryAfterMs');
    expect(fault).not.toHaveProperty('details.limit.resetAtMs');
  });

  test('that a request alone exceeds says how much that needs, and that waiting does not help', async () => {
    await world.setLimits(acme, [{ unit: 'usd', limit: '0.5', window: 'day' }]);
    const fault = await world.first.reserve(world.hold('a')).catch((e: unknown) => e);
    expect(fault).toMatchObject({
      code: 'insufficient_quota',
      details: { limit: { needed: '1', remaining: '0.5' } },
    });
    expect(fault).not.toHaveProperty('details.retryAfterMs');
  });

  test('begins anew at midnight of its organisation, and not before', async () => {
    await world.tenants.put('organisation.acme', { suspended: false, timeZone: 'Asia/Ho_Chi_Minh' });
    await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'day' }]);
    const midnightMs = Date.UTC(2026, 5, 15, 17);
    expect(await world.first.reserve(world.hold('a'))).toMatchObject({ limits: [{ resetAtMs: midnightMs }] });
    world.finish(world.hold('a'), usd);
    await world.deliverAll();
    await world.advance(midnightMs - startMs - 1);
    await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject({ code: 'insufficient_quota' });
    await world.advance(1);
    // No ledger is needed for a day that has just begun.
    world.ledger.isAway = true;
    expect(await world.first.reserve(world.hold('c'))).toMatchObject({ limits: [{ remaining: '0' }] });
  });

  test('of a dear model limits that one alone', async () => {
    await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'total', model: 'openai/gpt-5*' }]);
    await world.first.reserve(world.hold('a'));
    await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject({
      details: { limit: { model: 'openai/gpt-5*' } },
    });
    // However it is written.
    await expect(
      world.first.reserve(world.hold('b', { provider: 'OpenAI', model: 'GPT-5' })),
    ).rejects.toMatchObject({ code: 'budget_reserved' });
    expect(await world.first.reserve(world.hold('c', { model: 'o3' }))).toEqual({ limits: [] });
  });

  test('refuses a model without a price, and says which one it is', async () => {
    const unpriced = { ...world.hold('a') };
    delete unpriced.amountNanoUsd;
    await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'day' }]);
    await expect(world.first.reserve(unpriced)).rejects.toMatchObject({
      code: 'model_not_priced',
      details: { limit: { scope: 'organisation/acme', remaining: '1' } },
    });
    await world.setLimits(acme, [{ unit: 'requests', limit: 5 }]);
    expect(await world.first.reserve(unpriced)).toMatchObject({
      limits: [{ unit: 'requests', remaining: '4' }],
    });
  });

  test('of each end user is counted for each apart', async () => {
    await world.setLimits({ kind: 'end_user', organisation: 'acme', id: '*' }, [
      { unit: 'usd', limit: '1', window: 'day' },
    ]);
    const of = (endUser: string) => ({ attribution: { organisation: 'acme', endUser } });
    await world.first.reserve(world.hold('a', of('ana')));
    await world.first.reserve(world.hold('b', of('ben')));
    await expect(world.first.reserve(world.hold('c', of('ana')))).rejects.toMatchObject({
      details: { limit: { scope: 'end_user/acme/ana' } },
    });
    const anonymous = { attribution: { organisation: 'acme' } };
    expect(await world.first.reserve(world.hold('d', anonymous))).toEqual({ limits: [] });
    // A limit of her own stands beside, and is of the same sum.
    await world.setLimits({ kind: 'end_user', organisation: 'acme', id: 'ben' }, [
      { unit: 'usd', limit: '3', window: 'day' },
    ]);
    await expect(world.first.reserve(world.hold('e', of('ben')))).rejects.toMatchObject({
      details: { limit: { limit: '1' } },
    });
  });

  test('that is soft admits beyond itself, and alerts', async () => {
    await world.setLimits(acme, [{ unit: 'usd', limit: '1', window: 'day', hard: false }]);
    for (const id of ['a', 'b']) {
      const hold = world.hold(id);
      await world.first.reserve(hold);
      world.finish(hold, usd);
    }
    await world.deliverAll();
    await world.first.settled();
    await expect
      .poll(() => world.alerts.map(({ thresholdPercent }) => thresholdPercent))
      .toEqual([50, 80, 95, 100]);
  });
});

describe('limits of rates', () => {
  test('of requests count first attempts, and say when there is room again', async () => {
    await world.setLimits(acme, [{ unit: 'requests', limit: 2 }]);
    await world.first.reserve(world.hold('a'));
    await world.first.reserve(world.hold('a:2', { isFirst: false }));
    await world.advance(20_000);
    expect(await world.first.reserve(world.hold('b'))).toMatchObject({
      limits: [{ unit: 'requests', window: 'minute', remaining: '0' }],
    });
    const fault = await world.first.reserve(world.hold('c')).catch((e: unknown) => e);
    // Parts of five seconds: the first one has left after a minute and its own length.
    expect(fault).toMatchObject({
      code: 'rate_limit_exceeded',
      details: { retryAfterMs: 45_000, limit: { resetAtMs: startMs + 65_000, remaining: '0' } },
    });
    await world.advance(45_000);
    expect(await world.first.reserve(world.hold('d'))).toMatchObject({ limits: [{ remaining: '0' }] });
  });

  test('that refuse tell what is left of the others, too', async () => {
    await world.setLimits(acme, [
      { unit: 'requests', limit: 1 },
      { unit: 'tokens', limit: 1_000 },
      { unit: 'usd', limit: '10', window: 'day' },
    ]);
    await world.first.reserve(world.hold('a', { tokens: 300 }));
    await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      details: {
        limit: { unit: 'requests' },
        limits: [
          { unit: 'requests', remaining: '0' },
          { unit: 'tokens', remaining: '700' },
          { unit: 'usd', remaining: '9' },
        ],
      },
    });
  });

  test('of tokens hold the estimate, and count what was used', async () => {
    await world.setLimits(acme, [{ unit: 'tokens', limit: 1_000 }]);
    const hold = world.hold('a', { tokens: 900 });
    // The first answer of a window says when it ends, too.
    expect(await world.first.reserve(hold)).toMatchObject({
      limits: [{ unit: 'tokens', resetAtMs: startMs + 60_000 }],
    });
    await expect(world.first.reserve(world.hold('b', { tokens: 200 }))).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      details: { retryAfterMs: 250, limit: { resetAtMs: startMs + 250 } },
    });
    world.finish(hold, 0, 300);
    await world.deliverAll();
    expect(await world.first.reserve(world.hold('c', { tokens: 700 }))).toMatchObject({
      limits: [{ remaining: '0' }],
    });
    const tooLarge = await world.first.reserve(world.hold('d', { tokens: 1_001 })).catch((e: unknown) => e);
    expect(tooLarge).toMatchObject({
      code: 'rate_limit_exceeded',
    });
    expect(tooLarge).not.toHaveProperty('details.retryAfterMs');
    expect(tooLarge).not.toHaveProperty('details.limit.resetAtMs');
  });

  test('of tokens count sound and images too, as the ledger does', async () => {
    const [limit] = await world.setLimits(acme, [{ unit: 'tokens', limit: 1_000_000, window: 'day' }]);
    const hold = world.hold('a', { tokens: 10 });
    await world.first.reserve(hold);
    const event = world.finish(hold, usd, 10);
    const made = attemptMade.data.parse(event.data);
    const media = { audioInputTokens: 1_000, imageInputTokens: 2_000, audioOutputTokens: 4_000 };
    const data = { ...made, usage: { ...made.usage, ...media } };
    await world.first.deliver([{ ...event, data }]);
    const scopeLimits = { scope: acme, limits: limit ? [limit] : [], revision: 1 };
    expect(await world.first.currentUsage(scopeLimits)).toMatchObject([{ used: '7010' }]);
    expect(entryOfAttempt(data).totalTokens).toBe(7_010);
  });

  test('of requests at once are free again when one ends', async () => {
    await world.setLimits(key, [{ unit: 'parallel_requests', limit: 1 }]);
    const hold = world.hold('a');
    await world.first.reserve(hold);
    const fault = await world.first.reserve(world.hold('b')).catch((e: unknown) => e);
    expect(fault).toMatchObject({ code: 'rate_limit_exceeded', details: { retryAfterMs: 250 } });
    expect(fault).not.toHaveProperty('details.limit.window');
    world.finish(hold, 0);
    await world.deliverAll();
    expect(await world.first.reserve(world.hold('b'))).toMatchObject({ limits: [{ remaining: '0' }] });
  });

  test('a refused request burns nothing', async () => {
    await world.setLimits(acme, [
      { unit: 'requests', limit: 10 },
      { unit: 'tokens', limit: 10_000 },
      { unit: 'parallel_requests', limit: 5 },
    ]);
    const [usage] = [await world.setLimits(key, [{ unit: 'usd', limit: '0.5', window: 'day' }])];
    expect(usage).toHaveLength(1);
    for (let i = 0; i < 20; i += 1)
      await expect(world.first.reserve(world.hold(`r${i}`))).rejects.toMatchObject({
        code: 'insufficient_quota',
      });
    const { limits } = await world.first.reserve(world.hold('small', { amountNanoUsd: 1 }));
    expect(stateOf(limits, 'requests')?.remaining).toBe('9');
    expect(stateOf(limits, 'tokens')?.remaining).toBe('9900');
    expect(stateOf(limits, 'parallel_requests')?.remaining).toBe('4');
  });
});

test('of several limits that refuse the one is told that lasts longest', async () => {
  await world.setLimits(acme, [
    { unit: 'requests', limit: 0 },
    { unit: 'usd', limit: '1', window: 'day' },
    { unit: 'usd', limit: '1.5', window: 'month' },
  ]);
  const hold = world.hold('a', { isFirst: false });
  await world.first.reserve(hold);
  world.finish(hold, usd);
  await world.deliverAll();
  await expect(world.first.reserve(world.hold('b', { amountNanoUsd: usd / 2 }))).rejects.toMatchObject({
    // A limit of no requests never has room.
    details: { limit: { unit: 'requests' } },
  });
  await expect(
    world.first.reserve(world.hold('c', { amountNanoUsd: 0.6 * usd, isFirst: false })),
  ).rejects.toMatchObject({ details: { limit: { unit: 'usd', window: 'month' } } });
});

test('a limit that is changed holds at once, with what is used already', async () => {
  await world.setLimits(acme, [{ unit: 'usd', limit: '10', window: 'day' }]);
  const hold = world.hold('a');
  await world.first.reserve(hold);
  await world.setLimits(acme, [{ unit: 'usd', limit: '1.5', window: 'day' }]);
  await expect(world.first.reserve(world.hold('b'))).rejects.toMatchObject({ code: 'budget_reserved' });
  await world.setLimits(acme, [{ unit: 'usd', limit: '1.5', window: 'month' }]);
  world.finish(hold, 0.75 * usd);
  await world.deliverAll();
  // The month's sum comes from the ledger.
  await expect(world.first.reserve(world.hold('c'))).rejects.toMatchObject({ code: 'insufficient_quota' });
  await world.setLimits(acme, []);
  expect(await world.first.reserve(world.hold('d'))).toEqual({ limits: [] });
});

test('what is used and held of limits is told in their order, also before any request', async () => {
  const limits = await world.setLimits(acme, [
    { unit: 'usd', limit: '10', window: 'day' },
    { unit: 'parallel_requests', limit: 4 },
    { unit: 'usd', limit: '20', window: 'total' },
    { unit: 'requests', limit: 100, window: 'rolling', rolling_seconds: 3600 },
  ]);
  world.finish(world.hold('early'), 2 * usd);
  await world.deliverAll();
  const scopeLimits = { scope: acme, limits, revision: 1 };
  expect(await world.first.currentUsage(scopeLimits)).toMatchObject([
    { unit: 'usd', used: '2', held: '0', remaining: '8', windowStartMs: Date.UTC(2026, 5, 15) },
    { unit: 'parallel_requests', used: '0', held: '0', remaining: '4' },
    { unit: 'usd', window: 'total', used: '2', remaining: '18' },
    { unit: 'requests', window: '3600s', used: '1', remaining: '99' },
  ]);
  await world.first.reserve(world.hold('a'));
  const [day, parallel] = await world.first.currentUsage(scopeLimits);
  expect(day).toMatchObject({ used: '2', held: '1', remaining: '7' });
  expect(parallel).toMatchObject({ held: '1', remaining: '3' });
});
