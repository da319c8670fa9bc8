import { expect, test } from 'vitest';
import { AttemptNumbers } from './attempt-numbers.ts';

test('the first attempt that is no copy has number 1, whatever was begun or refused before it', () => {
  const numbers = new AttemptNumbers();
  expect(numbers.next({ isMirror: true })).toBe(2);
  const refused = numbers.next({ isMirror: false });
  expect(refused).toBe(1);
  numbers.giveBack(refused);
  expect(numbers.next({ isMirror: false })).toBe(1);
  expect(numbers.next({ isMirror: false })).toBe(3);
  numbers.giveBack(3);
  expect(numbers.next({ isMirror: false })).toBe(3);
});

test('two routers that have both begun a request share no number', () => {
  const first = new AttemptNumbers();
  const second = new AttemptNumbers({ dispatch: 1 });
  const third = new AttemptNumbers({ dispatch: 2 });
  const given = [first, second, third].flatMap((numbers) =>
    [false, true, false].map((isMirror) => numbers.next({ isMirror })),
  );
  expect(new Set(given).size).toBe(given.length);
  expect(given.filter((number) => number === 1)).toHaveLength(1);
});
