import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const busyMs = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until;);
};

test('of many that work at once one alone goes on in each turn of the event loop', async () => {
  let [turn, isDone] = [0, false];
  const count = () => {
    turn++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const workedAt: number[] = [];
  const work = async () => {
    const letOthers = createTurns();
    for (let round = 0; round < 3; round++) {
      busyMs(11);
      await letOthers();
      workedAt.push(turn);
    }
  };
  await Promise.all([work(), work(), work()]);
  isDone = true;
  expect(new Set(workedAt).size).toBe(9);
});

test('short work waits for nobody, and long work ends with its caller', async () => {
  const leaving = new AbortController();
  const letOthers = createTurns(leaving.signal);
  expect(letOthers()).toBeUndefined();
  busyMs(11);
  leaving.abort(new Error('gone'));
  await expect(letOthers()).rejects.toThrow('gone');
});
