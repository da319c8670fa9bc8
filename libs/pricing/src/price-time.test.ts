import { expect, test } from 'vitest';
import { compilePrices } from './compile-price.ts';
import { inForce, inForceSince } from './price-time.ts';

const at = (time: string) => Date.parse(time);

test.each([
  ['00:30:00Z', '16:30:00Z', '2026-06-01T00:29:59.999Z', 1],
  ['00:30:00Z', '16:30:00Z', '2026-06-01T00:30:00Z', 3],
  ['00:30:00Z', '16:30:00Z', '2026-06-01T16:30:00Z', 1],
  ['22:00:00Z', '02:00:00Z', '2026-06-01T23:00:00Z', 3],
  ['22:00:00Z', '02:00:00Z', '2026-06-01T01:00:00Z', 3],
  ['22:00:00Z', '02:00:00Z', '2026-06-01T12:00:00Z', 1],
])('by the time of day, from %s to %s: %s', (start, end, time, usd) => {
  const prices = compilePrices('a/b', {
    prices: [
      { input: 1, output: 1 },
      { input: 3, output: 3, during: [start, end] },
    ],
  });
  expect(inForce(prices, at(time))?.rates.input).toBe(usd * 1_000_000_000);
});

test('before the first date a table has its first price, and an override none', () => {
  const prices = compilePrices('a/b', { prices: [{ input: 1, output: 1, from: '2026-06-02' }] });
  expect(inForce(prices, at('2026-06-01'))).toBe(prices[0]?.price);
  expect(inForceSince(prices, at('2026-06-01'))).toBeUndefined();
  expect(inForceSince(prices, at('2026-06-02'))).toBe(prices[0]?.price);
});
