import type { Coefficients } from './coefficients.ts';
import { evidenceForbids, type Observation } from './entry-evidence.ts';
import { cosineOf, featuresOf, type Neighbour } from './features.ts';
import { guessLanguage, type Language } from './language.ts';
import { type Question, readQuestion } from './question.ts';
import { findVeto, type Veto } from './vetoes/find-veto.ts';
import { estimateCorrectness, type Estimate } from './verifier.ts';

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
  /** The veto is that of the nearest candidate. */
  | { kind: 'miss'; veto?: Veto };

/** From this probability on a candidate that is not served is worth judging. */
const greyFrom = 0.5;

/** Which of the candidates answers the question, if any. Pure, and under a millisecond. */
export function decideSemanticHit<Stored extends Candidate>(
  query: SemanticQuery<Stored>,
): SemanticDecision<Stored> {
  const { question, candidates, accuracyTarget, random } = query;
  const vetoes = candidates.map((candidate) => findVeto(question, candidate.question));
  const best = bestOf(judge(query).filter((_, index) => vetoes[index] === undefined));
  if (best === undefined)
    return vetoes[0] === undefined ? { kind: 'miss' } : { kind: 'miss', veto: vetoes[0] };
  if (best.lowerBound >= accuracyTarget) {
    const { evidence = [], similarity } = best.candidate;
    if (!evidenceForbids(evidence, similarity, { accuracyTarget, random })) return { kind: 'hit', ...best };
    return { kind: 'grey', because: 'evidence', ...best };
  }
  return best.probability >= greyFrom ? { kind: 'grey', because: 'uncertain', ...best } : { kind: 'miss' };
}

/** Each candidate with its estimate; the others that are near tell something of it as well, vetoed ones too. */
function judge<Stored extends Candidate>(query: SemanticQuery<Stored>): JudgedCandidate<Stored>[] {
  const { candidates, coefficients, language = guessLanguage(query.question) } = query;
  const question = readQuestion(query.question);
  const neighbours = neighboursOf(question, candidates, coefficients);
  return candidates.flatMap((candidate, index) => {
    const neighbour = neighbours[index];
    if (neighbour === undefined) return [];
    const others = neighbours.filter((other) => other !== neighbour);
    return [
      { candidate, ...estimateCorrectness(featuresOf(question, neighbour, others), coefficients, language) },
    ];
  });
}

export function neighboursOf(
  question: Question,
  candidates: readonly Candidate[],
  { similarity }: Pick<Coefficients, 'similarity'>,
): Neighbour[] {
  return candidates.map((candidate) => {
    const stored = readQuestion(candidate.question);
    return {
      question: stored,
      similarity: similarity === 'embedder' ? candidate.similarity : cosineOf(question.ngrams, stored.ngrams),
    };
  });
}

function bestOf<Judged extends Estimate>(judged: readonly Judged[]): Judged | undefined {
  return judged.reduce<Judged | undefined>(
    (best, next) => (best === undefined || next.probability > best.probability ? next : best),
    undefined,
  );
}
