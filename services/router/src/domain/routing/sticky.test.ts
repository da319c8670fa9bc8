import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stickyKey, stickyOrder } from './sticky.ts';

const ids = Array.from({ length: 20 }, (_, index) => `targets[${index}]`);
const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true })), {
  minLength: 1,
  maxLength: 20,
});
const keys = Array.from({ length: 20_000 }, (_, index) => JSON.stringify([`user-${index}`]));

describe('the order', () => {
  test('is the same each time, and of all members with a weight', () => {
    fc.assert(
      fc.property(fc.string(), weights, (key, given) => {
        const own = ids.slice(0, given.length);
        const order = stickyOrder(key, given, own);
        expect(stickyOrder(key, given, own)).toEqual(order);
        const withWeight = [...given.keys()].filter((index) => (given[index] ?? 0) > 0);
        expect(order.toSorted((a, b) => a - b)).toEqual(withWeight);
      }),
    );
  });

  // Another order after a release would move every caller, and replicas of two releases would disagree.
  test('stays what it is from release to release', () => {
    expect(stickyOrder('["user-1"]', [1, 1, 1, 1], ids.slice(0, 4))).toEqual([1, 3, 0, 2]);
  });

  test('keeps its members in place when another leaves', () => {
    fc.assert(
      fc.property(fc.string(), weights, fc.nat(), (key, given, seed) => {
        const own = ids.slice(0, given.length);
        const leaving = seed % given.length;
        const without = given.with(leaving, 0);
        const before = stickyOrder(key, given, own);
        expect(stickyOrder(key, without, own)).toEqual(before.filter((index) => index !== leaving));
      }),
    );
  });

  test('follows the weights over many keys, in its first place and in the next when that one has left', () => {
    const given = [6, 3, 1];
    const counts = [0, 0, 0];
    const nextCounts = [0, 0, 0];
    for (const key of keys) {
      const [best = 0, next = 0] = stickyOrder(key, given, ids.slice(0, 3));
      counts[best] = (counts[best] ?? 0) + 1;
      if (best === 0) nextCounts[next] = (nextCounts[next] ?? 0) + 1;
    }
    expect(chiSquare(counts, given)).toBeLessThan(13.8);
    expect(chiSquare(nextCounts.slice(1), given.slice(1))).toBeLessThan(13.8);
  });

  test('a weight that grows draws keys to its member, and moves none between the others', () => {
    const own = ids.slice(0, 4);
    for (const key of keys.slice(0, 2_000)) {
      const [before] = stickyOrder(key, [1, 1, 1, 1], own);
      const [after] = stickyOrder(key, [1, 1, 1, 3], own);
      expect([before, 3]).toContain(after);
    }
  });
});

/** Pearson's statistic; above 13.8 it comes by chance once in a thousand, for two degrees of freedom. */
function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return counts.reduce((sum, count, index) => {
    const expected = (all * (shares[index] ?? 0)) / total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

describe('the key', () => {
  const fields = { metadata: { user_id: 'u1', team: 'a' }, params: { user: 'u2', seed: 0 } };
  const keyOf = (paths: string[], metadata: Record<string, string> = fields.metadata) =>
    stickyKey({ ...fields, metadata }, paths, undefined, 0);

  test('is of all fields named, each in its place', () => {
    expect(keyOf(['metadata.user_id'])).toBe(keyOf(['metadata.user_id']));
    expect(keyOf(['metadata.user_id', 'metadata.team'])).not.toBe(keyOf(['metadata.user_id']));
    const both = ['metadata.a', 'metadata.b'];
    expect(keyOf(both, { a: 'x', b: 'yz' })).not.toBe(keyOf(both, { a: 'xy', b: 'z' }));
    expect(keyOf(both, { a: 'x' })).not.toBe(keyOf(both, { b: 'x' }));
    expect(keyOf(both, { a: 'x' })).toBe(keyOf(both, { a: 'x', c: 'y' }));
  });

  test('there is none where none of the fields is there', () => {
    expect(keyOf(['metadata.nope', 'params.nope'])).toBeUndefined();
    expect(keyOf(['metadata.nope', 'params.user'])).toBeDefined();
    expect(keyOf(['params.seed'])).toBeDefined();
  });

  test('with a lifetime it changes once in each, and not for all at the same time', () => {
    const ttlMs = 60_000;
    const changes = new Set<number>();
    for (let user = 0; user < 50; user++) {
      const own = { metadata: { user_id: `u${user}` }, params: {} };
      const at = (nowMs: number) => stickyKey(own, ['metadata.user_id'], ttlMs, nowMs);
      const seen = Array.from({ length: 61 }, (_, second) => at(1_700_000_000_000 + second * 1_000));
      const change = seen.findIndex((key, second) => second > 0 && key !== seen[second - 1]);
      expect(new Set(seen).size).toBe(2);
      changes.add(change);
    }
    expect(changes.size).toBeGreaterThan(20);
  });

  test('a year is a lifetime, too', () => {
    const yearMs = 31_536_000_000;
    const at = (nowMs: number) => stickyKey(fields, ['metadata.user_id'], yearMs, nowMs);
    const days = Array.from({ length: 366 }, (_, day) => at(1_700_000_000_000 + day * 86_400_000));
    expect(new Set(days).size).toBe(2);
  });
});
