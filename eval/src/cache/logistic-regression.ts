/** A case of the fit: its features, and whether the answer was right. */
export interface Sample {
  readonly values: readonly number[];
  readonly correct: boolean;
}

export interface Fit {
  readonly intercept: number;
  readonly weights: readonly number[];
}

export interface FitOptions {
  /** Of the penalty on squared weights of standardised features, a sample. */
  readonly ridge: number;
  /** For each feature: 1 where its weight must not be negative, -1 where it must not be positive. */
  readonly signs: readonly (1 | -1 | 0)[];
}

const maxRounds = 40;
const sweeps = 2;

/** Logistic regression by coordinate descent on Newton's approximation; weights are those of the features as they are given. */
export function fitLogisticRegression(samples: readonly Sample[], { ridge, signs }: FitOptions): Fit {
  const columns = signs.map((_, column) => standardise(samples.map(({ values }) => values[column] ?? 0)));
  const labels = Float64Array.from(samples, ({ correct }) => Number(correct));
  const ones = new Float64Array(samples.length).fill(1);
  const scores = new Float64Array(samples.length);
  const weights = signs.map(() => 0);
  let intercept = 0;
  for (let round = 0; round < maxRounds; round += 1) {
    const expected = scores.map((score) => 1 / (1 + Math.exp(-score)));
    const curvature = expected.map((value) => Math.max(1e-4, value * (1 - value)));
    const residual = labels.map((label, row) => label - (expected[row] ?? 0));
    const move = (values: Float64Array, weight: number, penalty: number, sign: 1 | -1 | 0): number => {
      let [slope, steepness] = [-penalty * weight, penalty];
      for (let row = 0; row < values.length; row += 1) {
        const value = values[row] ?? 0;
        slope += value * (residual[row] ?? 0);
        steepness += value * value * (curvature[row] ?? 0);
      }
      const moved = allowed(weight + slope / steepness, sign) - weight;
      for (let row = 0; row < values.length; row += 1) {
        const shift = moved * (values[row] ?? 0);
        scores[row] = (scores[row] ?? 0) + shift;
        residual[row] = (residual[row] ?? 0) - shift * (curvature[row] ?? 0);
      }
      return moved;
    };
    let largest = 0;
    for (let sweep = 0; sweep < sweeps; sweep += 1) {
      const change = move(ones, intercept, 0, 0);
      intercept += change;
      largest = Math.max(largest, Math.abs(change));
      for (const [column, { values }] of columns.entries()) {
        const weight = weights[column] ?? 0;
        const moved = move(values, weight, ridge * samples.length, signs[column] ?? 0);
        weights[column] = weight + moved;
        largest = Math.max(largest, Math.abs(moved));
      }
    }
    if (largest < 1e-4) break;
  }
  const unscaled = columns.map(({ deviation }, column) => (weights[column] ?? 0) / deviation);
  const shift = columns.reduce((sum, { mean }, column) => sum + (unscaled[column] ?? 0) * mean, 0);
  return { intercept: intercept - shift, weights: unscaled };
}

function allowed(weight: number, sign: 1 | -1 | 0): number {
  return sign === 0 || weight * sign >= 0 ? weight : 0;
}

function standardise(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / values.length) || 1;
  return { mean, deviation, values: Float64Array.from(values, (value) => (value - mean) / deviation) };
}
