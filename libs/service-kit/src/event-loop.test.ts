import { setImmediate as nextImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createYieldTurn, TurnLimit } from './event-loop.ts';

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
    const yieldTurn = createYieldTurn();
    for (let round = 0; round < 3; round++) {
      busyMs(11);
      await yieldTurn();
      workedAt.push(turn);
    }
  };
  await Promise.all([work(), work(), work()]);
  isDone = true;
  expect(new Set(workedAt).size).toBe(9);
});

test('short work waits for nobody, and long work ends with its caller', async () => {
  const leaving = new AbortController();
  const yieldTurn = createYieldTurn(leaving.signal);
  expect(yieldTurn()).toBeUndefined();
  busyMs(11);
  leaving.abort(new Error('gone'));
  await expect(yieldTurn()).rejects.toThrow('gone');
});

test('others have their turn after as much work as a turn may have, and not before', async () => {
  const limit = new TurnLimit(10);
  let turns = 0;
  setImmediate(() => turns++);
  expect(limit.done(4)).toBeUndefined();
  expect(limit.done(5)).toBeUndefined();
  await limit.done(1);
  expect(turns).toBe(1);
  expect(limit.done(9)).toBeUndefined();
  expect(limit.done(100)).toBeInstanceOf(Promise);
});

test('work between which the event loop turns by itself is never made to wait', async () => {
  const limit = new TurnLimit(10);
  for (let piece = 0; piece < 20; piece++) {
    expect(limit.done(9)).toBeUndefined();
    await nextImmediate();
  }
});
