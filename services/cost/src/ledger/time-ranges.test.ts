import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quarterMs, splitTime } from './time-ranges.ts';

test('a time is split without a gap and without an overlap, and rollups are used for whole clean quarters only', () => {
  const times = fc.integer({ min: 0, max: 40 * quarterMs });
  const bucket = fc.option(fc.constantFrom(60_000, quarterMs, 4 * quarterMs, 1_000_000, 3_333_333), {
    nil: undefined,
  });
  const dirty = fc.array(fc.integer({ min: 0, max: 40 }).map((index) => index * quarterMs));
  fc.assert(
    fc.property(times, times, bucket, dirty, (fromMs, toMs, bucketMs, dirtyMs) => {
      const { rollups, ledger } = splitTime({ fromMs, toMs, bucketMs, dirtyMs });
      const all = [...rollups, ...ledger].sort((a, b) => a.fromMs - b.fromMs);
      let atMs = fromMs;
      for (const range of all) {
        expect(range.fromMs).toBe(atMs);
        expect(range.toMs).toBeGreaterThan(range.fromMs);
        atMs = range.toMs;
      }
      if (toMs > fromMs) expect(atMs).toBe(toMs);
      else expect(all).toEqual([]);
      for (const range of rollups) {
        expect([range.fromMs % quarterMs, range.toMs % quarterMs]).toEqual([0, 0]);
        for (let quarter = range.fromMs; quarter < range.toMs; quarter += quarterMs) {
          expect(dirtyMs).not.toContain(quarter);
          const part = (ms: number) => (bucketMs === undefined ? 0 : Math.floor(ms / bucketMs));
          expect(part(quarter)).toBe(part(quarter + quarterMs - 1));
        }
      }
    }),
  );
});

test('what is not cut anywhere is read from rollups alone', () => {
  const range = { fromMs: 0, toMs: 96 * quarterMs };
  expect(splitTime({ ...range, dirtyMs: [] })).toEqual({ rollups: [range], ledger: [] });
  const hours = splitTime({ ...range, bucketMs: 4 * quarterMs, dirtyMs: [] });
  expect(hours).toEqual({ rollups: [range], ledger: [] });
});
