import { seededRandom } from '@weir/testkit/seeded-random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

const first = () => 0;

function turns(
  rotation: WeightedRoundRobin,
  weights: readonly number[],
  count: number,
  random = first,
): number[] {
  return Array.from({ length: count }, () => rotation.next(weights, random));
}

/** How far each index was chosen beyond its share of the calls that it had a part in. */
function excesses(calls: readonly (readonly number[])[], random: () => number): number[] {
  const rotation = new WeightedRoundRobin();
  const excess = (calls[0] ?? []).map(() => 0);
  for (const weights of calls) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const chosen = rotation.next(weights, random);
    for (const [index, weight] of weights.entries()) {
      if (total > 0) excess[index] = (excess[index] ?? 0) - weight / total + (index === chosen ? 1 : 0);
    }
  }
  return excess;
}

/** What the class promises of any window of calls, for n members. */
const windowBound = (n: number) =>
  Array.from({ length: n }, (_, index) => 1 / (index + 1)).reduce((sum, part) => sum + part, 0);

const weight = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0.001, max: 1_000, noNaN: true }));
const members = fc.array(weight, { minLength: 1, maxLength: 20 });
const seeds = fc.integer();

test('turns are spread, and not taken in a row', () => {
  expect(turns(new WeightedRoundRobin(), [5, 1, 1], 7)).toEqual([0, 0, 1, 0, 2, 0, 0]);
});

test('over any number of calls each member is chosen as its weight says, but for a small bound', () => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 500 }), seeds, (weights, count, seed) => {
      const calls = Array.from({ length: count }, () => weights);
      for (const excess of excesses(calls, seededRandom(seed))) {
        expect(Math.abs(excess)).toBeLessThanOrEqual(windowBound(weights.length) + 1e-9);
      }
    }),
  );
});

test('two members are never more than one choice from their shares', () => {
  fc.assert(
    fc.property(weight, weight, fc.integer({ min: 1, max: 500 }), seeds, (one, other, count, seed) => {
      const calls = Array.from({ length: count }, () => [one, other]);
      for (const excess of excesses(calls, seededRandom(seed))) {
        expect(Math.abs(excess)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }),
  );
});

test('the bound holds for weights that change from call to call', () => {
  const calls = fc
    .integer({ min: 1, max: 8 })
    .chain((n) =>
      fc.array(fc.array(weight, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 200 }),
    );
  fc.assert(
    fc.property(calls, seeds, (weights, seed) => {
      for (const excess of excesses(weights, seededRandom(seed))) {
        expect(Math.abs(excess)).toBeLessThanOrEqual(windowBound(weights[0]?.length ?? 0) + 1e-9);
      }
    }),
  );
});

test('a member without weight is never chosen, and -1 says that there is none with', () => {
  const call = fc.array(fc.oneof(fc.constant(0), weight), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 100 }), seeds, (calls, seed) => {
      const rotation = new WeightedRoundRobin();
      for (const weights of calls) {
        const chosen = rotation.next(weights, seededRandom(seed));
        if (weights.every((each) => each === 0)) expect(chosen).toBe(-1);
        else expect(weights[chosen]).toBeGreaterThan(0);
      }
    }),
  );
  expect(new WeightedRoundRobin().next([], first)).toBe(-1);
});

test('after a rest, however long, a member takes up its turn and does not catch up', () => {
  const resting = fc.integer({ min: 0, max: 5_000 });
  fc.assert(
    fc.property(members, resting, fc.integer({ min: 1, max: 40 }), seeds, (others, rest, before, seed) => {
      const random = seededRandom(seed);
      const rotation = new WeightedRoundRobin();
      const all = [1, ...others];
      turns(rotation, all, before, random);
      turns(rotation, [0, ...others], rest, random);
      const share = 1 / all.reduce((sum, each) => sum + each, 0);
      const window = 20;
      const taken = turns(rotation, all, window, random).filter((index) => index === 0).length;
      expect(taken).toBeLessThanOrEqual(share * window + windowBound(all.length));
    }),
  );
});

test('a member that every other request passes over has its share of the rest', () => {
  const rotation = new WeightedRoundRobin();
  const chosen = Array.from({ length: 1_000 }, () => {
    rotation.next([1, 0], first);
    return rotation.next([1, 1], first);
  });
  expect(chosen.filter((index) => index === 1)).toHaveLength(500);
});

test('replicas that start together begin with different members, each as often as its weight says', () => {
  const random = seededRandom(7);
  const weights = [70, 25, 5];
  const counts = [0, 0, 0];
  for (let replica = 0; replica < 20_000; replica++) {
    const chosen = new WeightedRoundRobin().next(weights, random);
    counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  for (const [index, count] of counts.entries()) {
    expect(count / 20_000).toBeCloseTo((weights[index] ?? 0) / 100, 1);
    expect(count).toBeGreaterThan(0);
  }
});

/** Pearson's statistic, of counts and what was expected of them. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce(
    (sum, count, index) => sum + (count - (expected[index] ?? 0)) ** 2 / (expected[index] ?? 1),
    0,
  );
}

test('100,000 choices follow the weights, also where members rest in between', () => {
  const random = seededRandom(11);
  for (const restingShare of [0, 0.3]) {
    const weights = Array.from({ length: 10 }, () => 0.1 + random() * 10);
    const counts = weights.map(() => 0);
    const expected = weights.map(() => 0);
    const rotation = new WeightedRoundRobin();
    for (let call = 0; call < 100_000; call++) {
      const now = weights.map((each) => (random() < restingShare ? 0 : each));
      const total = now.reduce((sum, each) => sum + each, 0);
      for (const [index, each] of now.entries())
        expected[index] = (expected[index] ?? 0) + (total && each / total);
      const chosen = rotation.next(now, random);
      if (chosen >= 0) counts[chosen] = (counts[chosen] ?? 0) + 1;
    }
    // The 1% quantile for 9 degrees of freedom: closer than chance alone would come in 99 of 100 cases.
    expect(chiSquare(counts, expected)).toBeLessThan(2.09);
  }
});
