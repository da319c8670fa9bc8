import { featuresOfCandidates } from '@weir/semantic-match/decide';
import { featureNames } from '@weir/semantic-match/features';
import { findVeto } from '@weir/semantic-match/vetoes/find-veto';
import { WordFrequencies } from '@weir/semantic-match/word-frequencies';
import type { QuestionClass } from './data-set.ts';
import type { Fit, Sample } from './logistic-regression.ts';
import { traceOf, VectorTrace } from './trace.ts';
import type { Vectors } from './vectors.ts';

/** A question of a trace, with its nearest five, nearest first. */
export interface Case {
  readonly question: string;
  readonly className: string;
  readonly candidates: readonly (Sample & { readonly question: string })[];
}

export type SimilaritySource = 'embedder' | 'text';

/** Each question is stored, whether or not it would have been answered from what is stored already. */
export function casesOf(
  classes: readonly QuestionClass[],
  seed: number,
  { vectors, similarity }: { vectors: Vectors; similarity: SimilaritySource },
): Case[] {
  const stored = new VectorTrace(vectors);
  const frequencies = new WordFrequencies();
  return traceOf(classes, seed).map((query) => {
    const candidates = stored.nearest(query.question, 5);
    const features = featuresOfCandidates({
      ...query,
      candidates,
      frequencies,
      coefficients: { similarity },
    });
    const asked = {
      ...query,
      candidates: candidates.map(({ question, className }, index) => ({
        question,
        correct: className === query.className,
        values: featureNames.map((name) => features[index]?.[name] ?? 0),
      })),
    };
    stored.store(query);
    frequencies.add(query.question);
    return asked;
  });
}

/** The nearest only: the others are mostly easy, and would drown what is hard. */
export function samplesOf(cases: readonly Case[]): Sample[] {
  return cases.flatMap(({ candidates }) => candidates.slice(0, 1));
}

export interface Scored {
  /** Log odds of the best candidate that is not vetoed. */
  readonly score: number;
  readonly correct: boolean;
}

/** What the fit would serve first of all to a question, where that is likely to be right. */
export function bestOf({ question, candidates }: Case, { intercept, weights }: Fit): Scored | undefined {
  const best = candidates
    .map(({ values, ...candidate }) => ({
      ...candidate,
      score: values.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), intercept),
    }))
    .filter(({ score }) => score >= 0)
    .sort((left, right) => right.score - left.score)
    .find((candidate) => findVeto(question, candidate.question) === undefined);
  return best === undefined ? undefined : { score: best.score, correct: best.correct };
}
