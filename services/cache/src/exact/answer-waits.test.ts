import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { AnswerWaits } from './answer-waits.ts';

const never = new AbortController().signal;

test('all who wait for an entry hear of it, and nobody else', async () => {
  const clock = new FakeClock();
  const waits = new AnswerWaits({ clock, max: 10 });
  const ofA = [waits.wait('a', 1_000, never), waits.wait('a', 1_000, never)];
  const ofB = waits.wait('b', 1_000, never);
  waits.settled({ id: 'a', isStored: true });
  expect(await Promise.all(ofA)).toEqual(['stored', 'stored']);
  waits.settled({ id: 'b', isStored: false });
  expect(await ofB).toBe('given_up');
  expect(clock.waiting).toBe(0);
});

test('a wait ends with its time, and with its request', async () => {
  const clock = new FakeClock();
  const waits = new AnswerWaits({ clock, max: 10 });
  const request = new AbortController();
  const wait = [waits.wait('a', 1_000, never), waits.wait('a', 5_000, request.signal)];
  clock.advance(1_000);
  expect(await wait[0]).toBe('time');
  request.abort();
  expect(await wait[1]).toBe('time');
  expect(await waits.wait('a', 5_000, request.signal)).toBe('time');
});

test('there is room for so many, and for others when they are over', async () => {
  const waits = new AnswerWaits({ clock: new FakeClock(), max: 2 });
  const all = [waits.wait('a', 1_000, never), waits.wait('b', 1_000, never)];
  expect(waits.hasRoom).toBe(false);
  waits.settled({ id: 'a', isStored: true });
  expect(waits.hasRoom).toBe(true);
  waits.settled({ id: 'b', isStored: true });
  await Promise.all(all);
});
