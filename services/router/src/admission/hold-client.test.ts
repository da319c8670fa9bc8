import type { Hold } from '@weir/contracts/cost/admission';
import { createMetrics } from '@weir/service-kit/metrics';
import { Fault } from '@weir/service-kit/fault';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { aLimitState, FakeCost, refuse } from '../../test/fake-cost.ts';
import { createAdmissionMetrics } from './admission-metrics.ts';
import { HoldClient } from './hold-client.ts';

const holdOf = (id: string, startedAtMs: number): Hold => ({
  id,
  startedAtMs,
  attribution: { organisation: 'default' },
  provider: 'one',
  model: 'm',
  tokens: 1,
  isFirst: true,
});

function start() {
  const clock = new FakeClock();
  const cost = new FakeCost();
  const metrics = createAdmissionMetrics(createMetrics('router'), () => 0);
  const deadlinesMs: number[] = [];
  const request: typeof cost.bus.request = (endpoint, data, envelope) => {
    deadlinesMs.push(envelope.deadlineAtMs - clock.nowMs());
    return cost.bus.request(endpoint, data, envelope);
  };
  const client = new HoldClient({ bus: { request }, clock, metrics });
  const envelope = { ...testEnvelope(), deadlineAtMs: clock.nowMs() + 600_000 };
  const ask = (id: string, waitMs = 10_000) =>
    client.reserve(() => holdOf(id, clock.nowMs()), undefined, {
      envelope,
      signal: new AbortController().signal,
      waitMs,
    });
  return { clock, cost, ask, deadlinesMs };
}

test('a thousand that wait for a budget together ask no more than some hundred times a second', async () => {
  const { clock, cost, ask } = start();
  cost.answer = () => refuse('budget_reserved');
  const ended = Promise.allSettled(Array.from({ length: 1_000 }, (_, index) => ask(String(index))));
  await clock.advanceAsync(1);
  const atOnce = cost.asked.length;
  await clock.advanceAsync(5_000);
  expect(cost.asked.length - atOnce).toBeLessThan(3_000);
  await clock.advanceAsync(10_000);
  expect((await ended).every(({ status }) => status === 'rejected')).toBe(true);
});

test('the longer one has waited, the more often it asks', async () => {
  const { clock, cost, ask } = start();
  cost.answer = () => refuse('budget_reserved');
  const ended = Promise.allSettled([
    ask('old'),
    ...Array.from({ length: 200 }, (_, index) => ask(String(index))),
  ]);
  await clock.advanceAsync(8_000);
  const before = cost.asked.length;
  await clock.advanceAsync(1_500);
  const late = cost.asked.length - before;
  // At first each asks after 800 ms at the most often: 200 that wait, four milliseconds for each.
  expect(late).toBeGreaterThan(2 * 1.5 * 250);
  await clock.advanceAsync(10_000);
  await ended;
});

test('one that waits alone asks soon, each time with a hold of that time, and no longer than it may', async () => {
  const { clock, cost, ask } = start();
  cost.answer = () => (cost.asked.length < 4 ? refuse('budget_reserved') : [aLimitState()]);
  const asked = ask('a');
  await clock.advanceAsync(400);
  const { hold } = await asked;
  expect(cost.asked).toHaveLength(4);
  expect(hold.startedAtMs).toBe(cost.holds.at(-1)?.startedAtMs);
  expect(hold.startedAtMs).toBeGreaterThan(cost.holds[0]?.startedAtMs ?? 0);

  cost.answer = () => refuse('budget_reserved');
  const refused = ask('b', 0).then(undefined, (error: unknown) => error);
  await clock.advanceAsync(0);
  expect(await refused).toMatchObject({ code: 'budget_reserved', details: { retryAfterMs: 1_000 } });
});

test('where a replica hangs another is asked, for the same hold, and where all do no more than three times', async () => {
  const { clock, cost, ask, deadlinesMs } = start();
  cost.answer = () => {
    clock.advance(500);
    if (cost.asked.length === 2) return [aLimitState()];
    throw new Fault('deadline_exceeded');
  };
  await ask('a');
  expect(deadlinesMs).toEqual([500, 500]);
  expect(cost.holds[1]).toEqual(cost.holds[0]);

  await expect(ask('b')).rejects.toMatchObject({ code: 'deadline_exceeded' });
  expect(cost.asked).toHaveLength(5);
  expect(deadlinesMs.at(-1)).toBeGreaterThan(500_000);
});

test('a refusal is none where a replica that hangs may hold something yet: it is to be let go', async () => {
  const { clock, cost, ask } = start();
  cost.answer = () => {
    if (cost.asked.length > 1) return refuse('insufficient_quota');
    clock.advance(500);
    throw new Fault('deadline_exceeded');
  };
  await expect(ask('a')).rejects.toMatchObject({
    code: 'service_unavailable',
    cause: { code: 'insufficient_quota' },
  });
  await expect(ask('b')).rejects.toMatchObject({ code: 'insufficient_quota' });
});
