import { expect, test } from 'vitest';
import { Random } from '../guardrails/generator/random.ts';
import { fitLogisticRegression } from './logistic-regression.ts';

const random = new Random(5);
/** Right more often the higher the first value is; the second says nothing. */
const samples = Array.from({ length: 4_000 }, () => {
  const values = [random.next(), random.next()];
  const probability = 1 / (1 + Math.exp(-(6 * (values[0] ?? 0) - 3)));
  return { values, correct: random.next() < probability };
});

test('the weights that made the samples are found again', () => {
  const { intercept, weights } = fitLogisticRegression(samples, { ridge: 1e-6, signs: [0, 0] });
  expect(intercept).toBeCloseTo(-3, 0);
  expect(weights[0]).toBeCloseTo(6, 0);
  expect(Math.abs(weights[1] ?? 1)).toBeLessThan(0.5);
});

test('a weight keeps the sign that is asked of it', () => {
  const { weights } = fitLogisticRegression(samples, { ridge: 1e-6, signs: [-1, 0] });
  expect(weights[0]).toBe(0);
});

test('a penalty makes weights smaller', () => {
  const [free, held] = [1e-6, 1].map(
    (ridge) => fitLogisticRegression(samples, { ridge, signs: [0, 0] }).weights[0],
  );
  expect(held).toBeLessThan(free ?? 0);
  expect(held).toBeGreaterThan(0);
});
