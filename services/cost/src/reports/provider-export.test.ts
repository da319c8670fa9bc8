import { expect, test } from 'vitest';
import { readProviderExport } from './provider-export.ts';

const start = 1_700_000_000;
const costs = (...results: object[]) => JSON.stringify({ data: [{ start_time: start, results }] });
const amount = (value: unknown) => costs({ amount: { value } });

function blockedMs(content: string): number {
  const begunAtMs = performance.now();
  try {
    readProviderExport(content);
  } catch {
    // What it says of the content is not what is asked here.
  }
  return performance.now() - begunAtMs;
}

test.each([
  ['an amount', amount(`${'1'.repeat(400_000)}x`)],
  ['an amount with a point', amount(`1.${'1'.repeat(400_000)}x`)],
  ['a time', JSON.stringify({ data: [{ start_time: '2'.repeat(400_000), results: [{ amount: 1 }] }] })],
  ['a line item', costs({ amount: { value: 1 }, line_item: '-20'.repeat(400_000) })],
])('%s of hundreds of kilobytes is refused in linear time', (_, content) => {
  // Quadratic patterns took minutes.
  expect(blockedMs(content)).toBeLessThan(500);
});

test('a bucket with many fields and many results takes memory and time by its own size', () => {
  const fields = Object.fromEntries(Array.from({ length: 4_900 }, (_, index) => [`f${index}`, 1]));
  const results = Array.from({ length: 10_000 }, () => ({ num_model_requests: 1, input_tokens: 1 }));
  const content = JSON.stringify({ data: [{ start_time: start, ...fields, results }] });
  expect(readProviderExport(content).lines).toHaveLength(10_000);
});

test('JSON over the limits is refused before it is parsed, and told from what is no JSON', () => {
  expect(() => readProviderExport('['.repeat(4_000_000))).toThrow(
    'is too large: it is nested more than 256 levels deep.',
  );
  expect(() => readProviderExport('[{')).toThrow('is not valid JSON.');
});

test('results are counted before any of them is read', () => {
  const content = costs(...Array.from({ length: 20_001 }, () => ({ amount: 'none' })));
  expect(() => readProviderExport(content)).toThrow('has more than 20000 rows');
});

test.each(['1e999', '.', '-', '-.', '', 'NaN', '1e', '9007200', 1e300])(
  'the amount %s is refused with its row',
  (value) => {
    const read = () => readProviderExport(costs({ amount: { value: 1 } }, { amount: { value } }));
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(read).toThrow('is not valid in row 2: amount.value must be an amount');
  },
);

test.each([
  ['.5', 500_000_000],
  ['5.', 5_000_000_000],
  ['-1.25', -1_250_000_000],
  ['2e-7', 200],
  ['1E+1', 10_000_000_000],
])('the amount %s is read as it is', (value, costNanoUsd) => {
  expect(readProviderExport(amount(value)).lines[0]).toMatchObject({ costNanoUsd });
});

const usage = (input_tokens: unknown) => ({ num_model_requests: 1, input_tokens });

test.each(['9007199254740993', 2 ** 53, '1'.repeat(60), -1, 0.5])(
  'a count that is not exact is refused: %s',
  (tokens) => {
    expect(() => readProviderExport(costs(usage(tokens)))).toThrow('is not valid in row 1: input_tokens');
  },
);

test('counts that add up to more than is exact are refused', () => {
  const most = usage(Number.MAX_SAFE_INTEGER - 1);
  expect(() => readProviderExport(costs(most, most))).toThrow('more tokens than can be counted');
});

test('an export of at most 400 days is compared', () => {
  const days = (count: number) =>
    JSON.stringify({
      data: [0, count - 1].map((offset) => ({
        start_time: start + offset * 86_400,
        results: [{ amount: { value: 1 } }],
      })),
    });
  expect(readProviderExport(days(400)).lines).toHaveLength(2);
  expect(() => readProviderExport(days(401))).toThrow('at most 400 days');
});
