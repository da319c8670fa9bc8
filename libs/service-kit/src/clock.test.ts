import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { isDoneWithin } from './clock.ts';

test('work that is done in time is done, and work that goes on is not', async () => {
  const clock = new FakeClock();
  expect(await isDoneWithin(Promise.resolve(), 10, clock)).toBe(true);
  const waiting = isDoneWithin(new Promise(() => undefined), 10, clock);
  clock.advance(10);
  expect(await waiting).toBe(false);
});

test('work that fails in time is heard of, and takes no process with it', async () => {
  const failing = Promise.reject(new Error('lost'));
  await expect(isDoneWithin(failing, 10, new FakeClock())).rejects.toThrow('lost');
});
