import { setImmediate as nextTurn } from 'node:timers/promises';
import { requestJsonLimits } from '@weir/contracts/limits';
import { expect, test } from 'vitest';
import { JsonLimitError } from './json-meter.ts';
import { JsonReader } from './json-reader.ts';

const bytes = (text: string) => Buffer.from(text);
const same = { limits: requestJsonLimits, judge: (value: unknown) => value };

/** A megabyte, which is measured in four slices. */
const megabyte = bytes(JSON.stringify({ text: 'x'.repeat(1_000_000) }));
/** Few bytes, and much to be made of them. */
const manyValues = bytes(`[${'{},'.repeat(20_000)}0]`);

/** Counts the turns of the event loop until the work is over. */
async function turnsOf(result: Promise<unknown>): Promise<number> {
  let turns = 0;
  const work = { isOver: false };
  const over = () => (work.isOver = true);
  result.then(over, over);
  for (; !work.isOver; turns++) await nextTurn();
  return turns;
}

test('what is small is read in the same turn of the event loop', async () => {
  let read: unknown;
  void new JsonReader().read(bytes('{"id":1234567890123456789}'), same).then((value) => (read = value));
  await Promise.resolve().then(() => undefined);
  expect(JSON.stringify(read)).toBe('{"id":1234567890123456789}');
});

test('large texts that come together are read one after the other, each step in a turn of its own', async () => {
  const reader = new JsonReader();
  const [slices, texts] = [4, 5];
  const together = Array.from({ length: texts }, () => reader.read(megabyte, same));
  expect(await turnsOf(Promise.all(together))).toBeGreaterThanOrEqual(texts * (slices + 2));
  expect(await turnsOf(reader.read(manyValues, same))).toBeGreaterThanOrEqual(2);
  // They wait for nothing.
  expect(await turnsOf(reader.read(bytes('{}'), same))).toBe(1);
});

test.each([
  ['small', '['.repeat(300)],
  ['large', `${' '.repeat(300_000)}${'['.repeat(300)}`],
])('a %s text over the limits is refused, and the next is read', async (_, text) => {
  const reader = new JsonReader();
  const refused = reader.read(bytes(text), same);
  const next = reader.read(manyValues, same);
  await expect(refused).rejects.toThrow(JsonLimitError);
  await expect(next).resolves.toHaveLength(20_001);
});

test('what cannot be read is judged as nothing where that is asked for, and what a judge throws is thrown', async () => {
  const reader = new JsonReader();
  expect(await reader.tryRead(bytes('{"a":'), same)).toBeUndefined();
  const judge = () => {
    throw new Error('not what was asked for');
  };
  await expect(reader.tryRead(megabyte, { ...same, judge })).rejects.toThrow('not what was asked for');
});
