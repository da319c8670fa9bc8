import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { EventLoopMonitor } from './event-loop-monitor.ts';

function start() {
  const clock = new FakeClock();
  const histogram = {
    medianNs: 20e6,
    percentile: () => histogram.medianNs,
    reset: () => undefined,
  };
  const monitor = new EventLoopMonitor({ clock, histogram });
  const pass = (seconds: number, medianMs: number) => {
    histogram.medianNs = medianMs * 1e6;
    clock.advance(seconds * 1_000);
  };
  return { monitor, pass };
}

test('an event loop that is late for seconds is starved, and is not any more once it has kept up for seconds', () => {
  const { monitor, pass } = start();
  pass(2, 500);
  expect(monitor.isStarved).toBe(false);
  pass(1, 500);
  expect(monitor.isStarved).toBe(true);
  pass(2, 21);
  expect(monitor.isStarved).toBe(true);
  pass(1, 21);
  expect(monitor.isStarved).toBe(false);
});

test('one long turn, as of a process that was stopped for a while, starves nobody', () => {
  const { monitor, pass } = start();
  pass(1, 30_000);
  pass(1, NaN);
  pass(2, 30_000);
  expect(monitor.isStarved).toBe(false);
});
