import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { EventLoopStalls } from './event-loop-stalls.ts';

function stand() {
  const clock = new FakeClock(0);
  let aheadMs = 0;
  const stalls = new EventLoopStalls({ clock, nowMs: () => clock.nowMs() + aheadMs });
  /** As where the process is stopped, or works on one thing: time goes by, and no timer is called. */
  const standStill = (ms: number) => {
    aheadMs += ms;
  };
  return { clock, stalls, standStill };
}

test('only as much counts as a stall as lies within the wait, over all stalls', () => {
  const { clock, stalls, standStill } = stand();
  clock.advance(1_000);
  standStill(400);
  clock.advance(1_000);
  standStill(5_000);
  clock.advance(1_000);
  expect(stalls.stalledMsSince(0)).toBe(5_400);
  expect(stalls.stalledMsSince(4_400)).toBe(3_050);
  expect(stalls.stalledMsSince(8_000)).toBe(0);
});

test('a stall that has just ended counts, though no timer has been called since', () => {
  const { clock, stalls, standStill } = stand();
  clock.advance(1_000);
  standStill(40_000);
  expect(stalls.stalledMsSince(1_000)).toBe(39_950);
});

test('turns that are a little late are none', () => {
  const { clock, stalls, standStill } = stand();
  for (let turn = 0; turn < 20; turn++) {
    standStill(90);
    clock.advance(50);
  }
  expect(stalls.stalledMsSince(0)).toBe(0);
});
