import { expect, test } from 'vitest';
import { estimatePatternCost } from './pattern-cost.ts';

test.each([
  ['((\\pL{31}){31})', 961],
  ['(((a{10}){10}){3})', 300],
  ['(?:(?P<n>[)(\\]]{2,20}){20})+', 400],
  ['[^]a(]{10}(?i:b{30,})', 40],
  ['\\Q(((\\E(a{20}){20}', 400],
  ['\\x{2028}{50}', 50],
])('counts within each other multiply: %s', (pattern, copies) => {
  expect(estimatePatternCost(pattern)).toBeGreaterThanOrEqual(copies);
});

test('braces that count nothing cost what they are', () => {
  expect(estimatePatternCost('\\x{2028}\\{99}a{,99}[{99}]')).toBeLessThan(30);
});
