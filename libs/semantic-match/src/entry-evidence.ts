/** One answer of an entry that has been judged: how similar the question was, and whether the answer served it. */
export interface Observation {
  readonly similarity: number;
  readonly correct: boolean;
}

export interface EvidenceVerdict {
  /** The lower bound of the probability that the entry's answer is right at this similarity; 0 to 1. */
  readonly accuracy: number;
  /** vCache's tau: so often the model is asked although the entry might serve, and its answer is the next observation. */
  readonly exploreProbability: number;
}

/** Fewer say too little of an entry. */
export const fewestObservations = 6;

/** Below this an entry has been wrong too often to be tried again. */
const leastAccuracy = 0.5;

/**
 * Whether an entry's own record speaks against serving it. One that has never been wrong is left to the verifier: vCache's curve knows
 * nothing but the record, and after a hundred right answers would still ask the model for most requests. `random` is from 0 up to 1.
 */
export function evidenceForbids(
  observations: readonly Observation[],
  similarity: number,
  { accuracyTarget, random }: { accuracyTarget: number; random: number },
): boolean {
  if (observations.length < fewestObservations || observations.every(({ correct }) => correct)) return false;
  const { accuracy, exploreProbability } = judgeByEvidence(observations, similarity, accuracyTarget);
  return accuracy < leastAccuracy || random < exploreProbability;
}

const confidences = Array.from({ length: 50 }, (_, index) => (index + 0.5) / 50);
/** Holds the curve's steepness down where right and wrong observations lie apart, which no curve fits best. */
const ridge = 1e-3;

/**
 * vCache's estimate (arXiv 2502.03771, written from the paper): the odds of an entry's being right rise with similarity along a logistic
 * curve of its own, L(s; t, g) = 1 / (1 + exp(-g (s - t))), fitted to its observations and the anchors (0, wrong) and (1, right). The
 * uncertainty of t, by the delta method, makes a lower bound of it for each confidence.
 */
export function judgeByEvidence(
  observations: readonly Observation[],
  similarity: number,
  accuracyTarget: number,
): EvidenceVerdict {
  const { threshold, steepness, thresholdVariance } = fitCurve(observations);
  // Right answers below wrong ones: similarity says nothing of this entry.
  if (steepness <= 0) return { accuracy: 0, exploreProbability: 1 };
  let accuracy = 0;
  let exploreProbability = 1;
  for (const epsilon of confidences) {
    const cautious = threshold + inverseNormal(1 - epsilon) * Math.sqrt(thresholdVariance);
    const bound = (1 - epsilon) * logistic(steepness * (similarity - cautious));
    accuracy = Math.max(accuracy, bound);
    const explore = bound >= 1 ? 0 : 1 - (1 - accuracyTarget) / (1 - bound);
    exploreProbability = Math.min(exploreProbability, Math.max(0, explore));
  }
  return { accuracy, exploreProbability };
}

interface Curve {
  readonly threshold: number;
  readonly steepness: number;
  readonly thresholdVariance: number;
}

/** By Newton's method over z = steepness * s + offset, from which threshold = -offset / steepness. */
function fitCurve(observations: readonly Observation[]): Curve {
  const points = [{ similarity: 0, correct: false }, { similarity: 1, correct: true }, ...observations];
  let [steepness, offset] = [1, -0.5];
  let fit = newtonStep(points, steepness, offset);
  // The objective is convex; half steps keep the first of them, which are too long, from leaping over it.
  for (let step = 0; step < 100 && Math.abs(fit.stepA) + Math.abs(fit.stepB) > 1e-9; step += 1) {
    let share = 1;
    let next = newtonStep(points, steepness + fit.stepA, offset + fit.stepB);
    while (next.loss > fit.loss && share > 1e-6) {
      share /= 2;
      next = newtonStep(points, steepness + share * fit.stepA, offset + share * fit.stepB);
    }
    steepness += share * fit.stepA;
    offset += share * fit.stepB;
    fit = next;
  }
  const { aa, ab, bb, determinant } = fit;
  const threshold = -offset / steepness;
  const variance =
    (threshold * threshold * bb - 2 * threshold * ab + aa) / (determinant * steepness * steepness);
  return { threshold, steepness, thresholdVariance: variance };
}

/** Loss, curvature and step at one place of the fit. */
function newtonStep(points: readonly Observation[], steepness: number, offset: number) {
  let loss = (ridge / 2) * (steepness * steepness + offset * offset);
  let [slopeA, slopeB] = [-ridge * steepness, -ridge * offset];
  let [aa, ab, bb] = [ridge, 0, ridge];
  for (const { similarity, correct } of points) {
    const z = steepness * similarity + offset;
    const expected = logistic(z);
    const weight = expected * (1 - expected);
    loss += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(0, correct ? -z : z);
    slopeA += (Number(correct) - expected) * similarity;
    slopeB += Number(correct) - expected;
    aa += weight * similarity * similarity;
    ab += weight * similarity;
    bb += weight;
  }
  const determinant = aa * bb - ab * ab;
  const stepA = (bb * slopeA - ab * slopeB) / determinant;
  const stepB = (aa * slopeB - ab * slopeA) / determinant;
  return { loss, aa, ab, bb, determinant, stepA, stepB };
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Of the standard normal distribution, by Abramowitz and Stegun 26.2.23; the error is below 5e-4. */
function inverseNormal(share: number): number {
  if (share < 0.5) return -inverseNormal(1 - share);
  const t = Math.sqrt(-2 * Math.log(1 - share));
  return (
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
  );
}
