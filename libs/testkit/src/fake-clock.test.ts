import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('what is due is called at its time and in its order, however the time passes', () => {
  const delays = fc.array(fc.nat(1_000), { maxLength: 20 });
  const steps = fc.array(fc.nat(300), { maxLength: 20 });
  fc.assert(
    fc.property(delays, steps, (delaysMs, stepsMs) => {
      const clock = new FakeClock(0);
      const called: number[] = [];
      for (const delayMs of delaysMs) {
        clock.after(delayMs, () => {
          expect(clock.nowMs()).toBe(delayMs);
          called.push(delayMs);
        });
      }
      for (const stepMs of stepsMs) clock.advance(stepMs);
      const passedMs = stepsMs.reduce((sum, stepMs) => sum + stepMs, 0);
      const isDue = (delayMs: number) => stepsMs.length > 0 && delayMs <= passedMs;
      expect(clock.nowMs()).toBe(passedMs);
      expect(called).toEqual(delaysMs.filter(isDue).sort((a, b) => a - b));
    }),
  );
});

test('an interval goes on until it is stopped, and what is called once is forgotten', () => {
  const clock = new FakeClock(0);
  const called: string[] = [];
  const stop = clock.every(100, () => called.push(`every ${clock.nowMs()}`));
  const cancel = clock.after(150, () => called.push('never'));
  clock.after(150, () => called.push('once'));
  cancel();
  expect(clock.nextInMs).toBe(100);
  clock.advance(250);
  expect(called).toEqual(['every 100', 'once', 'every 200']);
  stop();
  expect(clock.waiting).toBe(0);
  expect(clock.nextInMs).toBeUndefined();
});

test('what waits again within the time goes on within it', async () => {
  const clock = new FakeClock(0);
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      clock.after(ms, resolve);
    });
  const timesMs: number[] = [];
  const work = (async () => {
    for (let i = 0; i < 3; i++) {
      await pause(100);
      timesMs.push(clock.nowMs());
    }
  })();
  await clock.advanceAsync(300);
  await work;
  expect(timesMs).toEqual([100, 200, 300]);
});
