import { FakeClock } from '@weir/testkit/fake-clock';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageAges } from './message-ages.ts';

/** A process that reads messages, and senders whose monotonic clocks began whenever they did. */
function createWorld() {
  const timers = new FakeClock();
  let nowMs = 1_000;
  const ages = new MessageAges({ clock: timers, monotonicMs: () => nowMs });
  return {
    /** The age of a message that was sent so long ago by a clock that is so far ahead; `skewMs` is between the times of day. */
    age: (sentAgoMs: number, { aheadMs = 0, skewMs = 0, sender = '_INBOX_ingress.a-0' } = {}) =>
      ages.ageMs(sender, nowMs - sentAgoMs + aheadMs, sentAgoMs - skewMs),
    run: (lengthMs: number) => {
      for (let i = 0; i < lengthMs; i += 10) {
        nowMs += 10;
        timers.advance(10);
      }
    },
    /** What comes meanwhile is read before the process's timers are called. */
    standStill: (lengthMs: number) => {
      nowMs += lengthMs;
    },
  };
}

test('whatever two clocks differ by, a message is as old as it has waited longer than the quickest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.array(fc.tuple(fc.nat(500), fc.nat(4)), { maxLength: 40 }),
      (aheadMs, messages) => {
        const { age, run } = createWorld();
        expect(age(1, { aheadMs })).toBe(0);
        for (const [waitedMs, pauseMs] of messages) {
          run(pauseMs * 10);
          const told = age(waitedMs, { aheadMs });
          expect(told).toBeGreaterThanOrEqual(0);
          // The smallest has grown by no more than a quarter of the time that has passed.
          expect(told).toBeLessThanOrEqual(waitedMs);
          expect(told).toBeGreaterThanOrEqual(waitedMs - 1 - 0.25 * 40 * messages.length);
        }
      },
    ),
  );
});

test('the first message of a sender is new, whatever the clocks say', () => {
  const { age } = createWorld();
  expect(age(0, { skewMs: -60_000 })).toBe(0);
  expect(age(0, { skewMs: 60_000, sender: '_INBOX_ingress.b-0' })).toBe(0);
});

test('what has waited while the process stood still is as old as that, of senders that it knew and of one that it did not', () => {
  const { age, run, standStill } = createWorld();
  age(0);
  age(0, { sender: 'idle' });
  run(30_000);
  age(0);
  standStill(40_000);
  expect(age(39_000)).toBeGreaterThan(38_900);
  // Of one that was idle for half a minute it is not known as well.
  expect(age(39_000, { sender: 'idle' })).toBeGreaterThan(39_000 - 7_600);
  expect(age(20_000, { sender: 'unknown' })).toBe(20_000);
  run(500);
  expect(age(39_000)).toBeGreaterThan(38_000);
  expect(age(20_000, { sender: 'unknown before' })).toBe(20_000);
  run(1_000);
  expect(age(20_000, { sender: 'unknown now' })).toBe(0);
});

test('what has waited in a server that stood still is as old as that', () => {
  const { age, run } = createWorld();
  age(0);
  run(3_000);
  expect(age(3_000)).toBe(3_000 - 750);
  expect(age(0)).toBe(0);
  expect(age(1_000)).toBe(1_000);
});

test('a clock that stood still with its machine is believed again after four times as long', () => {
  const { age, run } = createWorld();
  age(0);
  run(10);
  expect(age(0, { aheadMs: -5_000 })).toBeGreaterThan(4_900);
  for (let i = 0; i < 200; i++) {
    run(100);
    age(0, { aheadMs: -5_000 });
  }
  expect(age(0, { aheadMs: -5_000 })).toBe(0);
});

test('a clock that runs faster by a tenth, as one that is being corrected, makes no message old', () => {
  const { age, run } = createWorld();
  let aheadMs = 0;
  for (let i = 0; i < 600; i++) {
    run(100);
    aheadMs -= 10;
    expect(age(0, { aheadMs })).toBeLessThanOrEqual(10);
  }
});

test('senders come and go without end, and the number of those that are known is limited', () => {
  const { age } = createWorld();
  age(0, { sender: 'first' });
  for (let i = 0; i < 999; i++) age(0, { sender: `_INBOX_ingress.x-${i}` });
  expect(age(500, { sender: 'first' })).toBe(500);
  age(0, { sender: 'one more' });
  expect(age(500, { sender: 'first' })).toBe(0);
});
