import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evidenceForbids, judgeByEvidence, type Observation } from './entry-evidence.ts';

const similarity = fc.double({ min: 0.5, max: 1, noNaN: true });
const observation = fc.record({ similarity, correct: fc.boolean() });
const observations = fc.array(observation, { minLength: 6, maxLength: 40 });

test('the estimate is a probability, whatever has been observed', () => {
  fc.assert(
    fc.property(
      observations,
      similarity,
      fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      (seen, at, target) => {
        const { accuracy, exploreProbability } = judgeByEvidence(seen, at, target);
        for (const value of [accuracy, exploreProbability]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
});

test('the part that is served wrong stays within the target: (1 - tau) (1 - accuracy) <= 1 - target', () => {
  fc.assert(
    fc.property(
      observations,
      similarity,
      fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      (seen, at, target) => {
        const { accuracy, exploreProbability } = judgeByEvidence(seen, at, target);
        expect((1 - exploreProbability) * (1 - accuracy)).toBeLessThanOrEqual(1 - target + 1e-9);
      },
    ),
  );
});

test('where the most similar answer was wrong, not right, less is expected of all below it', () => {
  fc.assert(
    fc.property(fc.array(similarity, { minLength: 6, maxLength: 40 }), similarity, (similarities, at) => {
      const highest = Math.max(at, ...similarities);
      const others = similarities.map((similarity) => ({ similarity, correct: true }));
      const accuracyWith = (correct: boolean) =>
        judgeByEvidence([...others, { similarity: highest, correct }], at, 0.95).accuracy;
      expect(accuracyWith(false)).toBeLessThan(accuracyWith(true));
    }),
  );
});

test('right answers below wrong ones are no evidence for an entry', () => {
  const seen = [0.5, 0.5, 0.5, 0.93, 0.98, 0.98].map((similarity) => ({
    similarity,
    correct: similarity < 0.9,
  }));
  expect(judgeByEvidence(seen, 0.95, 0.95)).toEqual({ accuracy: 0, exploreProbability: 1 });
});

test('right answers above and wrong ones below put the threshold between them', () => {
  const seen: Observation[] = Array.from({ length: 40 }, (_, index) => ({
    similarity: index / 40,
    correct: index > 20,
  }));
  const [below, above] = [0.2, 0.95].map((at) => judgeByEvidence(seen, at, 0.95).accuracy);
  expect(below).toBeLessThan(0.1);
  expect(above).toBeGreaterThan(0.8);
});

test('an entry that always answers wrongly is not tried again', () => {
  const seen = Array.from({ length: 8 }, () => ({ similarity: 0.97, correct: false }));
  expect(evidenceForbids(seen, 0.99, { accuracyTarget: 0.97, random: 0.999 })).toBe(true);
});

test('fewer than six observations decide nothing', () => {
  const seen = Array.from({ length: 5 }, () => ({ similarity: 0.97, correct: false }));
  expect(evidenceForbids(seen, 0.97, { accuracyTarget: 0.97, random: 0 })).toBe(false);
});
