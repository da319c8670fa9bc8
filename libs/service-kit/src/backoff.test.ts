import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('a pause doubles with each failure, up to the longest', () => {
  const pauses = [0, 1, 2, 3, 4, 1_000, 5_000].map((failures) =>
    backoffMs(failures, { firstMs: 100, longestMs: 1_000 }),
  );
  expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test('jitter takes away no more than its share, and adds nothing', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  fc.assert(
    fc.property(fc.nat(40), share, share, (failures, jitter, chance) => {
      const fullMs = backoffMs(failures, { firstMs: 10, longestMs: 5_000 });
      const pauseMs = backoffMs(failures, { firstMs: 10, longestMs: 5_000, jitter, random: () => chance });
      expect(pauseMs).toBeLessThanOrEqual(fullMs);
      expect(pauseMs).toBeGreaterThanOrEqual(fullMs * (1 - jitter));
    }),
  );
});
