import { expect, test } from 'vitest';
import type { Clock } from '../../../clock.ts';
import { untilStored } from './until-stored.ts';

/** Time that goes by as soon as somebody waits for it, and what happens in it. */
function setUp(happenings: Record<number, () => void> = {}) {
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    every: () => () => undefined,
    after(delayMs, task) {
      const timer = setImmediate(() => {
        nowMs += delayMs;
        happenings[nowMs]?.();
        task();
      });
      return () => {
        clearImmediate(timer);
      };
    },
  };
  return { clock, nowMs: () => nowMs };
}

const never = () => new Promise<void>(() => undefined);

test('what is stored in time is waited for, and no longer', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { clock, nowMs } = setUp({
    9_000: () => {
      resolve(undefined);
    },
  });
  await untilStored({ isFailing: false, settled: () => promise }, 30_000, clock);
  expect(nowMs()).toBeLessThan(9_500);
});

test('a JetStream that is slow has all the time that there is', async () => {
  const { clock, nowMs } = setUp();
  await untilStored({ isFailing: false, settled: never }, 30_000, clock);
  expect(nowMs()).toBe(30_000);
});

test('one that fails has five seconds', async () => {
  const { clock, nowMs } = setUp();
  await untilStored({ isFailing: true, settled: never }, 30_000, clock);
  expect(nowMs()).toBe(5_000);
});

test('one that begins to fail later is given up then', async () => {
  const publisher = { isFailing: false, settled: never };
  const { clock, nowMs } = setUp({ 8_000: () => (publisher.isFailing = true) });
  await untilStored(publisher, 30_000, clock);
  expect(nowMs()).toBe(8_000);
});

test('where the work has taken all the time, two seconds are left', async () => {
  const { clock, nowMs } = setUp();
  await untilStored({ isFailing: true, settled: never }, -1, clock);
  expect(nowMs()).toBe(2_000);
});
