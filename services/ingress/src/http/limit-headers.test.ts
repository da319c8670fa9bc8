import type { LimitState } from '@weir/contracts/cost/admission';
import { expect, test } from 'vitest';
import { duration, limitHeaders } from './limit-headers.ts';

test.each([
  [0, '0s'],
  [-5_000, '0s'],
  [1, '1s'],
  [59_001, '1m0s'],
  [360_000, '6m0s'],
  [3_600_000, '1h0m0s'],
  [90_061_000, '25h1m1s'],
])('%i ms are written as OpenAI writes them: %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('each unit has its headers, and a limit that is never reset none that says when', () => {
  const common = { scope: 'key/k', model: '*' };
  const limits: LimitState[] = [
    { ...common, unit: 'usd', limit: '10', remaining: '1.5', resetAtMs: 5_000 },
    { ...common, unit: 'requests', window: 'minute', limit: '60', remaining: '59', resetAtMs: 2_000 },
    { ...common, unit: 'tokens', window: 'total', limit: '1000', remaining: '0' },
    { ...common, unit: 'parallel_requests', limit: '4', remaining: '3' },
  ];
  expect(limitHeaders(limits, 1_000)).toEqual([
    ...['x-weir-budget-remaining-usd', '1.5'],
    ...['x-ratelimit-limit-requests', '60'],
    ...['x-ratelimit-remaining-requests', '59'],
    ...['x-ratelimit-reset-requests', '1s'],
    ...['x-ratelimit-limit-tokens', '1000'],
    ...['x-ratelimit-remaining-tokens', '0'],
  ]);
});
