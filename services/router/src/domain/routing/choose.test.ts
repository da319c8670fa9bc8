import { seededRandom } from '@weir/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cheapestFirst, leastBusy, powerOfTwoChoices } from './choose.ts';

const costs = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });

/** How often each index is chosen of 10,000 times. */
function tally(count: number, choose: (random: () => number) => number): number[] {
  const random = seededRandom(3);
  const counts = Array.from({ length: count }, () => 0);
  for (let time = 0; time < 10_000; time++) {
    const chosen = choose(random);
    counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  return counts;
}

describe('two random choices', () => {
  test('the dearest of several is never chosen, and one alone always', () => {
    fc.assert(
      fc.property(costs, fc.integer(), (given, seed) => {
        const chosen = powerOfTwoChoices(given.length, (index) => given[index] ?? 0, seededRandom(seed));
        expect(given[chosen]).toBeDefined();
        const isDearest = given.every((cost, index) => index === chosen || cost < (given[chosen] ?? 0));
        expect(isDearest).toBe(given.length === 1);
      }),
    );
    expect(powerOfTwoChoices(0, () => 0, seededRandom(1))).toBe(-1);
  });

  test('of three, the cheapest is chosen twice as often as the second', () => {
    const [cheapest, second, dearest] = tally(3, (random) => powerOfTwoChoices(3, (index) => index, random));
    expect((cheapest ?? 0) / 10_000).toBeCloseTo(2 / 3, 1);
    expect((second ?? 0) / 10_000).toBeCloseTo(1 / 3, 1);
    expect(dearest).toBe(0);
  });

  test('equal ones are chosen equally often', () => {
    for (const count of tally(4, (random) => powerOfTwoChoices(4, () => 0, random))) {
      expect(count / 10_000).toBeCloseTo(0.25, 1);
    }
  });

  test('one that was never asked is preferred to any other', () => {
    expect(powerOfTwoChoices(2, (index) => (index === 1 ? 0 : 0.001), seededRandom(5))).toBe(1);
  });
});

describe('cheapest first', () => {
  test('unknown prices come last, and equal ones stay in order', () => {
    expect(cheapestFirst([undefined, 3, 1, undefined, 3, 0])).toEqual([5, 2, 1, 4, 0, 3]);
    expect(cheapestFirst([])).toEqual([]);
  });

  test('each is in it once, and none is dearer than the next', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 5 }), { nil: undefined })), (given) => {
        const order = cheapestFirst(given);
        expect(order.toSorted((a, b) => a - b)).toEqual([...given.keys()]);
        for (const [place, index] of order.entries()) {
          const next = order[place + 1];
          if (next === undefined) continue;
          const [cost = Infinity, nextCost = Infinity] = [given[index], given[next]];
          expect(cost < nextCost || (cost === nextCost && index < next)).toBe(true);
        }
      }),
    );
  });
});

describe('least busy', () => {
  test('nobody has fewer requests than the one chosen', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3 }), { minLength: 1 }), fc.integer(), (inFlight, seed) => {
        expect(inFlight[leastBusy(inFlight, seededRandom(seed))]).toBe(Math.min(...inFlight));
      }),
    );
    expect(leastBusy([], seededRandom(1))).toBe(-1);
  });

  test('of equally busy ones each is chosen as often as the others', () => {
    const [first, busy, ...others] = tally(4, (random) => leastBusy([1, 2, 1, 1], random));
    expect(busy).toBe(0);
    for (const count of [first ?? 0, ...others]) expect(count / 10_000).toBeCloseTo(1 / 3, 1);
  });
});
