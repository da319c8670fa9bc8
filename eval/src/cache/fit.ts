import type { Coefficients, LanguageCoefficients } from '@weir/semantic-match/coefficients';
import { featureNames, featureSigns } from '@weir/semantic-match/features';
import { bestOf, type Case, casesOf, samplesOf, type Scored, type SimilaritySource } from './cases.ts';
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
  const orders = seeds[language];
  const fit = (samples: readonly Case[]) =>
    fitLogisticRegression(samplesOf(samples), { ridge: ridges[language], signs });
  const traces = orders.map((seed) => casesOf(classes, seed, parts));
  const whole = fit(traces.flat());

  // What a score is worth is measured by fits that know nothing of the question's class.
  const groups = new Map(classes.map(({ name }, index) => [name, index % groupCount]));
  const scored = Array.from({ length: groupCount }, (_, group) => {
    const [ours, others] = [true, false].map((inGroup) =>
      traces.flat().filter(({ className }) => (groups.get(className) === group) === inGroup),
    );
    const ofOthers = fit(others ?? []);
    return (ours ?? []).flatMap((asked) => bestOf(asked, ofOthers) ?? []);
  });
  return {
    ...namedWeights(whole),
    servedPrecision: servedPrecisionOf(scored.flat(), orders.length, cautions[parts.similarity]),
  };
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
/** The more, the more the fits that measure are like the one that is measured. */
const groupCount = 8;

/** How many times the wrong answers that were seen are expected: other questions than those of the fit are always a little worse. */
const cautions = { embedder: 1.5, text: 2.5 };

/** For each level the lowest score from which on all that is served is expected to reach it. */
function servedPrecisionOf(scored: readonly Scored[], traces: number, caution: number): [number, number][] {
  const descending = [...scored].sort((left, right) => right.score - left.score);
  let wrong = 0;
  const bounds = descending.map(({ score, correct }, index) => {
    wrong += Number(!correct) / traces;
    const served = (index + 1) / traces;
    // And one more a trace: what few answers show is not certain.
    return { score, served, bound: 1 - (caution * wrong + 1) / served };
  });
  return levels.flatMap((level): [number, number][] => {
    const lowest = bounds.findLast(({ bound, served }) => bound >= level && served >= fewestServed);
    return lowest === undefined ? [] : [[rounded(lowest.score), level]];
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
