import { setImmediate as nextImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WorkSlices } from './work-slices.ts';

test('others have their turn after each slice of work, and not before', async () => {
  const slices = new WorkSlices(10);
  let turns = 0;
  setImmediate(() => turns++);
  expect(slices.done(4)).toBeUndefined();
  expect(slices.done(5)).toBeUndefined();
  await slices.done(1);
  expect(turns).toBe(1);
  expect(slices.done(9)).toBeUndefined();
  expect(slices.done(100)).toBeInstanceOf(Promise);
});

test('work between which the event loop turns by itself is never made to wait', async () => {
  const slices = new WorkSlices(10);
  for (let piece = 0; piece < 20; piece++) {
    expect(slices.done(9)).toBeUndefined();
    await nextImmediate();
  }
});
