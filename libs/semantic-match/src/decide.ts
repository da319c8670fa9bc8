import type { Coefficients } from './coefficients.ts';
import { evidenceForbids, type Observation } from './entry-evidence.ts';
import { type Features, featuresOf } from './features.ts';
import { guessLanguage, type Language } from './language.ts';
import { cosineOf, readQuestion } from './question.ts';
import { findVetoBetween, type Veto } from './vetoes/find-veto.ts';
import { Reading } from './vetoes/reading.ts';
import { estimateCorrectness, type Estimate } from './verifier.ts';
import type { WordFrequencies } from './word-frequencies.ts';

/** An entry of the same partition whose question is near. */
export interface Candidate {
  readonly id: string;
  readonly question: string;
  /** Cosine of the two questions' vectors. */
  readonly similarity: number;
  /** What is known of its answer so far. */
  readonly evidence?: readonly Observation[];
}

export interface SemanticQuery<Stored extends Candidate> {
  readonly question: string;
  /** Guessed from the question where it is not known. */
  readonly language?: Language;
  /** The nearest five, nearest first. */
  readonly candidates: readonly Stored[];
  /** Of the questions stored in the same partition, as far as this process has seen them. */
  readonly frequencies: WordFrequencies;
  readonly coefficients: Coefficients;
  /** The share of hits that are to be right; 0 to 1. */
  readonly accuracyTarget: number;
  /** From 0 up to 1: how an entry with a mixed record is chosen for a further trial. */
  readonly random: number;
}

export interface JudgedCandidate<Stored extends Candidate> extends Estimate {
  readonly candidate: Stored;
}

export type SemanticDecision<Stored extends Candidate> =
  | ({ kind: 'hit' } & JudgedCandidate<Stored>)
  /** Not sure enough to be served, and near enough to learn from: the model's answer tells whether it would have been right. */
  | ({ kind: 'grey'; because: 'uncertain' | 'evidence' } & JudgedCandidate<Stored>)
  /** The veto is that of the best verified candidate, where that would have been served or judged. */
  | { kind: 'miss'; veto?: Veto };

/** From this probability on a candidate that is not served is worth judging. */
const greyFrom = 0.5;

/** Which of the candidates answers the question, if any. Pure, and about a millisecond. */
export function decideSemanticHit<Stored extends Candidate>(
  query: SemanticQuery<Stored>,
): SemanticDecision<Stored> {
  const { accuracyTarget, random } = query;
  const { best, veto } = bestOf(query.question, judge(query));
  if (best === undefined) return veto === undefined ? { kind: 'miss' } : { kind: 'miss', veto };
  if (best.lowerBound < accuracyTarget) return { kind: 'grey', because: 'uncertain', ...best };
  const { evidence = [], similarity } = best.candidate;
  return evidenceForbids(evidence, similarity, { accuracyTarget, random })
    ? { kind: 'grey', because: 'evidence', ...best }
    : { kind: 'hit', ...best };
}

/** The best verified that nothing speaks against. Only those that could be served are searched for vetoes, which take longest. */
function bestOf<Stored extends Candidate>(
  question: string,
  judged: readonly JudgedCandidate<Stored>[],
): { best?: JudgedCandidate<Stored>; veto?: Veto } {
  let firstVeto: Veto | undefined;
  const likely = judged.filter(({ probability }) => probability >= greyFrom);
  if (likely.length === 0) return {};
  const reading = new Reading(question);
  for (const best of likely.sort((left, right) => right.probability - left.probability)) {
    const veto = findVetoBetween(reading, new Reading(best.candidate.question));
    if (veto === undefined) return { best };
    firstVeto ??= veto;
  }
  return firstVeto === undefined ? {} : { veto: firstVeto };
}

function judge<Stored extends Candidate>(query: SemanticQuery<Stored>): JudgedCandidate<Stored>[] {
  const { candidates, coefficients, language = guessLanguage(query.question) } = query;
  const features = featuresOfCandidates(query);
  return candidates.flatMap((candidate, index) => {
    const its = features[index];
    return its === undefined ? [] : [{ candidate, ...estimateCorrectness(its, coefficients, language) }];
  });
}

/** Of each candidate; the others that are near tell something of it as well, vetoed ones too. */
export function featuresOfCandidates(
  query: Pick<SemanticQuery<Candidate>, 'question' | 'candidates' | 'frequencies'> & {
    coefficients: Pick<Coefficients, 'similarity'>;
  },
): Features[] {
  const question = readQuestion(query.question, query.frequencies);
  const neighbours = query.candidates.map((candidate) => {
    const stored = readQuestion(candidate.question, query.frequencies);
    const byText = query.coefficients.similarity === 'text';
    return {
      question: stored,
      similarity: byText ? cosineOf(question.ngrams, stored.ngrams) : candidate.similarity,
    };
  });
  return neighbours.map((neighbour) =>
    featuresOf(
      question,
      neighbour,
      neighbours.filter((other) => other !== neighbour),
    ),
  );
}
