import type { Coefficients, LanguageCoefficients } from '@weir/semantic-match/coefficients';
import { featureNames, featureSigns } from '@weir/semantic-match/features';
import { type Case, casesOf, samplesOf, type Scored, scoresOf, type SimilaritySource } from './cases.ts';
import type { DataSet, QuestionClass } from './data-set.ts';
import { type Fit, fitLogisticRegression } from './logistic-regression.ts';
import type { Vectors } from './vectors.ts';

export interface FitParts {
  readonly vectors: Vectors;
  readonly similarity: SimilaritySource;
}

/** Each order of the questions is another trace of the same data; few Vietnamese classes make up for it with more orders. */
const seeds = { en: [11, 12], vi: [11, 12, 13, 14, 15, 16] };
/** The fewer the classes, the stronger. */
const ridges = { en: 0.0015, vi: 0.06 };
const signs = featureNames.map((name) => featureSigns[name]);

/** Coefficients from these data sets alone. */
export function fitCoefficients(dataSets: readonly DataSet[], parts: FitParts): Coefficients {
  const fitted = (language: 'en' | 'vi') =>
    fitLanguage(
      dataSets.filter((set) => set.language === language && !set.isCoarse).flatMap(({ classes }) => classes),
      language,
      parts,
    );
  return {
    version: 1,
    madeBy: 'npm run eval:cache -- --fit',
    similarity: parts.similarity,
    languages: { en: fitted('en'), vi: fitted('vi') },
  };
}

function fitLanguage(
  classes: readonly QuestionClass[],
  language: 'en' | 'vi',
  parts: FitParts,
): LanguageCoefficients {
  const fit = (samples: Case[]) =>
    fitLogisticRegression(samplesOf(samples), { ridge: ridges[language], signs });
  const traces = seeds[language].map((seed) => casesOf(classes, seed, parts));
  const whole = fit(traces.flat());
  const scored = [0, 1].flatMap((part) => {
    const others = partOf(classes, 1 - part);
    const model = fit(seeds[language].flatMap((seed) => casesOf(others, seed, parts)));
    const names = new Set(partOf(classes, part).map(({ name }) => name));
    return scoresOf(
      traces.flat().filter(({ className }) => names.has(className)),
      model,
    );
  });
  return { ...namedWeights(whole), servedPrecision: servedPrecisionOf(scored, seeds[language].length) };
}

/** Every other class: 0 or 1. */
export function partOf(classes: readonly QuestionClass[], part: number): QuestionClass[] {
  return classes.filter((_, index) => index % 2 === part);
}

function namedWeights({ intercept, weights }: Fit): Pick<LanguageCoefficients, 'intercept' | 'weights'> {
  const named = featureNames.map((name, index) => [name, rounded(weights[index] ?? 0)] as const);
  return {
    intercept: rounded(intercept),
    weights: Object.fromEntries(named) as LanguageCoefficients['weights'],
  };
}

const levels = [0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.965, 0.97, 0.975, 0.98, 0.985, 0.99, 0.995];
const fewestServed = 20;

/** For each level the lowest score from which on all that is served reached it, less a margin for the few that it was measured on. */
function servedPrecisionOf(scored: readonly Scored[], traces: number): [number, number][] {
  const descending = [...scored].sort((left, right) => right.score - left.score);
  let right = 0;
  const bounds = descending.map(({ score, correct }, index) => {
    right += Number(correct);
    const served = (index + 1) / traces;
    // One more wrong answer a trace than there was: what few answers show is not certain.
    return { score, served, bound: (right / (index + 1)) * (served / (served + 1)) };
  });
  return levels.flatMap((level): [number, number][] => {
    const lowest = bounds.findLast(({ bound, served }) => bound >= level && served >= fewestServed);
    return lowest === undefined ? [] : [[rounded(lowest.score), level]];
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
