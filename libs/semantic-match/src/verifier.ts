import type { Coefficients, LanguageCoefficients } from './coefficients.ts';
import { featureNames, type Features } from './features.ts';
import type { Language } from './language.ts';

export interface Estimate {
  /** That the candidate's answer answers the question as well. */
  readonly probability: number;
  /** Of the share of right answers among all that are served with this probability or a higher one. */
  readonly lowerBound: number;
}

export function estimateCorrectness(
  features: Features,
  { languages }: Coefficients,
  language: Language,
): Estimate {
  if (language !== 'other') return estimateBy(features, languages[language]);
  const [english, vietnamese] = [estimateBy(features, languages.en), estimateBy(features, languages.vi)];
  return {
    probability: Math.min(english.probability, vietnamese.probability),
    lowerBound: Math.min(english.lowerBound, vietnamese.lowerBound),
  };
}

function estimateBy(
  features: Features,
  { intercept, weights, servedPrecision }: LanguageCoefficients,
): Estimate {
  const score = featureNames.reduce((sum, name) => sum + weights[name] * features[name], intercept);
  const reached = servedPrecision.findLast(([least]) => score >= least);
  return { probability: 1 / (1 + Math.exp(-score)), lowerBound: reached?.[1] ?? 0 };
}
