import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

function budgetOf() {
  const time = { nowMs: 0 };
  const budget = new RetryBudget({ nowMs: () => time.nowMs });
  const retriesOf = (asked: number) =>
    Array.from({ length: asked }, () => budget.withdraw('a')).filter(Boolean).length;
  return { budget, time, retriesOf };
}

test('a quiet target is retried, and one that was retried out a little later again', () => {
  const { time, retriesOf } = budgetOf();
  expect(retriesOf(100)).toBe(10);
  time.nowMs += 1_000;
  expect(retriesOf(100)).toBe(3);
  time.nowMs += 3_600_000;
  expect(retriesOf(100)).toBe(10);
});

test('a target that is down at 500 requests a second is asked about a fifth more often, and not several times as often', () => {
  const { budget, time, retriesOf } = budgetOf();
  let retries = 0;
  for (let request = 0; request < 500 * 60; request++) {
    time.nowMs += 2;
    budget.deposit('a');
    retries += retriesOf(5);
  }
  expect(retries).toBeGreaterThan(5_900);
  expect(retries).toBeLessThanOrEqual(0.2 * 500 * 60 + 3 * 60 + 10);
});

test('what was earned on a good day is forgotten before the bad one', () => {
  const { budget, time, retriesOf } = budgetOf();
  for (let request = 0; request < 10_000; request++) budget.deposit('a');
  time.nowMs += 120_000;
  expect(retriesOf(1_000)).toBe(10);
});

test('each target has a budget of its own', () => {
  const { budget, retriesOf } = budgetOf();
  retriesOf(100);
  expect(budget.withdraw('a')).toBe(false);
  expect(budget.withdraw('b')).toBe(true);
});

test('whatever is asked and when: never more retries than a fifth of the attempts, the reserve and what comes in by time', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('attempt'), count: fc.nat(50) }),
    fc.record({ kind: fc.constant('retry'), count: fc.nat(50) }),
    fc.record({ kind: fc.constant('pause'), count: fc.nat(20_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { budget, time, retriesOf } = budgetOf();
      let attempts = 0;
      let retries = 0;
      for (const { kind, count } of steps) {
        if (kind === 'pause') time.nowMs += count;
        if (kind === 'retry') retries += retriesOf(count);
        if (kind === 'attempt') for (let i = 0; i < count; i++, attempts++) budget.deposit('a');
        expect(retries).toBeLessThanOrEqual(0.2 * attempts + 10 + (3 * time.nowMs) / 1_000 + 1e-6);
      }
    }),
  );
});
