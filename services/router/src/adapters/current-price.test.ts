import { TieredPrices } from '@pydantic/genai-prices';
import { describe, expect, test } from 'vitest';
import { currentPrice } from './price-table.ts';

const at = (time: string) => Date.parse(time);
const now = at('2026-06-01T12:00:00Z');
const cheap = { input_mtok: 1, output_mtok: 2 };
const dear = { input_mtok: 3, output_mtok: 4 };

test('dollars for a million tokens become nano-dollars for one', () => {
  expect(currentPrice({ prices: { input_mtok: 0.15, output_mtok: 0.6 } }, now)).toEqual({
    inputNanoUsd: 150,
    outputNanoUsd: 600,
  });
});

test('of tiers it is the lowest', () => {
  const tiered = (base: number) => new TieredPrices({ base, tiers: [{ start: 200_000, price: base * 2 }] });
  expect(currentPrice({ prices: { input_mtok: tiered(3), output_mtok: tiered(15) } }, now)).toEqual({
    inputNanoUsd: 3_000,
    outputNanoUsd: 15_000,
  });
});

test.each([{}, { input_mtok: 1 }, { output_mtok: 1 }, { requests_kcount: 1 }])(
  'a price without both sides is none: %j',
  (prices) => {
    expect(currentPrice({ prices }, now)).toBeUndefined();
  },
);

test('an explicit zero is a price', () => {
  expect(currentPrice({ prices: { input_mtok: 0, output_mtok: 0 } }, now)).toEqual({
    inputNanoUsd: 0,
    outputNanoUsd: 0,
  });
});

describe('a price that changes is the one of the moment', () => {
  const dated = [
    { prices: dear },
    { constraint: { type: 'start_date', start_date: '2026-06-02' }, prices: cheap },
  ] as const;

  test.each([
    ['2026-06-01T23:59:59.999Z', 3_000],
    ['2026-06-02T00:00:00Z', 1_000],
  ])('by date: %s', (time, inputNanoUsd) => {
    expect(currentPrice({ prices: [...dated] }, at(time))).toMatchObject({ inputNanoUsd });
  });

  const during = (start_time: string, end_time: string) => [
    { prices: cheap },
    { constraint: { type: 'time_of_date' as const, start_time, end_time }, prices: dear },
  ];

  test.each([
    ['00:30:00Z', '16:30:00Z', '2026-06-01T00:29:59.999Z', 1_000],
    ['00:30:00Z', '16:30:00Z', '2026-06-01T00:30:00Z', 3_000],
    ['00:30:00Z', '16:30:00Z', '2026-06-01T16:30:00Z', 1_000],
    ['22:00:00Z', '02:00:00Z', '2026-06-01T23:00:00Z', 3_000],
    ['22:00:00Z', '02:00:00Z', '2026-06-01T01:00:00Z', 3_000],
    ['22:00:00Z', '02:00:00Z', '2026-06-01T12:00:00Z', 1_000],
    ['01:00:00+02:00', '03:00:00+02:00', '2026-06-01T23:30:00Z', 3_000],
  ])('by the time of day, from %s to %s: %s', (start, end, time, inputNanoUsd) => {
    expect(currentPrice({ prices: during(start, end) }, at(time))).toMatchObject({ inputNanoUsd });
  });
});
