import { expect, test } from 'vitest';
import { createRandomPool } from './random-pool.ts';

test('no draw is like another, over many fills', () => {
  const draw = createRandomPool(16);
  const draws = Array.from({ length: 5_000 }, () => draw().toString('hex'));
  expect(new Set(draws).size).toBe(5_000);
  expect(new Set(draws.map((bytes) => bytes.length))).toEqual(new Set([32]));
});
