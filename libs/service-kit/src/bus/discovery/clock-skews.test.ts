import { createMetrics } from '../../metrics.ts';
import { FakeClock } from '@weir/testkit/fake-clock';
import { createTestProblems } from '@weir/testkit/test-bus';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClockSkews } from './clock-skews.ts';

function createWorld() {
  const clock = new FakeClock();
  const metrics = createMetrics('test');
  const problems = createTestProblems();
  const skews = new ClockSkews({ clock, metrics, problems });
  return {
    skews,
    clock,
    problems,
    metrics,
    /** An instance answers after so long on each way, by a clock that is so far ahead. */
    hear: (aheadMs: number, { id = 'r1', thereMs = 1, backMs = 1 } = {}) => {
      const sentAtMs = clock.nowMs();
      clock.advance(thereMs);
      const timeMs = clock.nowMs() + aheadMs;
      clock.advance(backMs);
      return skews.heard({ service: 'router', id, timeMs, sentAtMs, receivedAtMs: clock.nowMs() });
    },
  };
}

test('a skew is known to half of what its answer took, however that was parted, and nobody is told of less than the limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -90_000, max: 90_000 }),
      fc.nat(3_000),
      fc.nat(3_000),
      (aheadMs, thereMs, backMs) => {
        const { hear, problems } = createWorld();
        const skewMs = hear(aheadMs, { thereMs, backMs });
        expect(Math.abs(skewMs - aheadMs)).toBeLessThanOrEqual((thereMs + backMs) / 2 + 1);
        const isTold = problems.list().length > 0;
        if (Math.abs(aheadMs) <= 500) expect(isTold).toBe(false);
        if (Math.abs(aheadMs) > 501 + thereMs + backMs) expect(isTold).toBe(true);
      },
    ),
  );
});

test('an answer that came quickly counts for more than later ones that came slowly, but not for ever', () => {
  const { hear, clock } = createWorld();
  expect(hear(100)).toBe(100);
  expect(hear(100, { thereMs: 800 })).toBe(100);
  clock.advance(10_000);
  expect(hear(100, { thereMs: 800 })).toBeGreaterThan(400);
});

test('operators are told whose clock differs, by how much and where to look, until it does not any more', async () => {
  const { hear, clock, problems, metrics } = createWorld();
  hear(0, { id: 'r2' });
  hear(-2_000);
  expect(problems.list()).toEqual([
    {
      code: 'clock_skewed',
      message:
        "the clock of router r1 is 2.0 s behind this one's; check the time synchronisation of both hosts (NTP)",
    },
  ]);
  expect(problems.missing).toEqual([]);
  expect(await metrics.expose()).toContain('weir_clock_skew_seconds{peer="router",service="test"} -2');
  clock.advance(11_000);
  hear(40);
  expect(problems.list()).toEqual([]);
});

test('where all others differ it may be the own clock, which is said', () => {
  const { hear, problems } = createWorld();
  for (const id of ['r1', 'r2', 'r3']) hear(5_000, { id });
  expect(problems.list()[0]?.message).toContain(
    "3 of 3 instances differ: it may be this one's that is wrong",
  );
});

test('what is measured anew and differs by little is not told anew', () => {
  const { hear, problems } = createWorld();
  hear(2_000);
  const told = problems.list();
  for (const aheadMs of [2_040, 1_980, 2_100]) hear(aheadMs);
  expect(problems.list()).toEqual(told);
});

test('an instance that has gone is forgotten with its clock', async () => {
  const { hear, clock, problems, metrics } = createWorld();
  hear(9_000, { id: 'gone' });
  clock.advance(61_000);
  hear(0);
  expect(problems.list()).toEqual([]);
  expect(await metrics.expose()).toMatch(/weir_clock_skew_seconds\{.*\} 0\n/);
});
