import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUsd, toNanoUsd } from './money.ts';

test('money as a text and as nano-USD is the same amount, to the last digit', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (nanoUsd) => {
      expect(toNanoUsd(formatUsd(nanoUsd))).toBe(nanoUsd === 0 ? 0 : nanoUsd);
    }),
  );
  expect(formatUsd(123_000)).toBe('0.000123');
  expect(formatUsd(-100_000_000)).toBe('-0.1');
  expect(formatUsd(12_000_000_000)).toBe('12');
  expect(toNanoUsd('1.000000001000')).toBe(1_000_000_001);
});
