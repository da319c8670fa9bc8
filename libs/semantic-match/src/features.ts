import type { Question } from './question.ts';
import { isFunctionWord } from './word-weights.ts';

/** The names that coefficients are kept by. */
export const featureNames = [
  'similarity',
  'similaritySquared',
  'leadOverOthers',
  'crowd',
  'ngrams',
  'plainNgrams',
  'words',
  'sharedLeast',
  'sharedMost',
  'length',
  'oneSidedMost',
  'oneSidedSum',
  'softOneSidedSum',
  'softOneSidedMost',
  'sharedSum',
  'wordPairs',
  'numbersDiffer',
  'negationsDiffer',
  'askedDiffers',
  'askedSame',
  'firstWordSame',
  'shorterWords',
  'onlyFunctionWordsDiffer',
  'bothSidesDiffer',
  'lastWordSame',
  'othersAgree',
] as const;

export type FeatureName = (typeof featureNames)[number];
export type Features = Record<FeatureName, number>;

export interface Neighbour {
  readonly question: Question;
  readonly similarity: number;
}

/** What tells whether the answer to a candidate answers the question as well. `others` are the rest of its nearest. */
export function featuresOf(question: Question, candidate: Neighbour, others: readonly Neighbour[]): Features {
  const { similarity, question: stored } = candidate;
  const ours = oneSided(question, stored);
  const theirs = oneSided(stored, question);
  const shared = sum(
    [...question.weights].filter(([word]) => stored.weights.has(word)).map(([, weight]) => weight),
  );
  const [ourSum, theirSum] = [sum([...question.weights.values()]), sum([...stored.weights.values()])];
  const all = ourSum + theirSum - shared;
  const runnerUp = Math.max(0, ...others.map((other) => other.similarity));
  const ngrams = cosineOf(question.ngrams, stored.ngrams);
  const union = new Set([...question.words, ...stored.words]).size;
  const sharedCount = [...question.weights.keys()].filter((word) => stored.weights.has(word)).length;
  const pairs = question.wordPairs.size + stored.wordPairs.size;
  return {
    similarity,
    similaritySquared: similarity * similarity,
    leadOverOthers: others.length === 0 ? 0.1 : similarity - runnerUp,
    crowd: others.filter((other) => Math.abs(other.similarity - similarity) <= 0.02).length,
    ngrams,
    plainNgrams: cosineOf(question.plainNgrams, stored.plainNgrams),
    words: sharedCount / Math.max(1, union),
    sharedLeast: shared / Math.max(0.1, ourSum, theirSum),
    sharedMost: shared / Math.max(0.1, Math.min(ourSum, theirSum)),
    length:
      Math.min(question.words.length, stored.words.length) /
      Math.max(1, question.words.length, stored.words.length),
    oneSidedMost: Math.max(0, ...ours.map(({ weight }) => weight), ...theirs.map(({ weight }) => weight)),
    oneSidedSum: all - shared,
    softOneSidedSum: sum([...ours, ...theirs].map(({ weight, likeness }) => weight * (1 - likeness))),
    softOneSidedMost: Math.max(
      0,
      ...[...ours, ...theirs].map(({ weight, likeness }) => weight * (1 - likeness)),
    ),
    sharedSum: shared,
    wordPairs:
      pairs === 0
        ? 0
        : (2 * [...question.wordPairs].filter((pair) => stored.wordPairs.has(pair)).length) / pairs,
    numbersDiffer: Number(question.numbers !== stored.numbers),
    negationsDiffer: Number(question.negations % 2 !== stored.negations % 2),
    askedDiffers: Number(
      question.asks !== undefined && stored.asks !== undefined && question.asks !== stored.asks,
    ),
    askedSame: Number(question.asks !== undefined && question.asks === stored.asks),
    firstWordSame: Number(question.words[0] === stored.words[0]),
    shorterWords: Math.min(question.words.length, stored.words.length),
    onlyFunctionWordsDiffer: Number([...ours, ...theirs].every(({ word }) => isFunctionWord(word))),
    bothSidesDiffer: Math.min(
      sum(ours.map(({ weight, likeness }) => weight * (1 - likeness))),
      sum(theirs.map(({ weight, likeness }) => weight * (1 - likeness))),
    ),
    lastWordSame: Number(question.words.at(-1) === stored.words.at(-1)),
    othersAgree:
      others.length === 0
        ? 0
        : Math.max(...others.map((other) => cosineOf(other.question.ngrams, stored.ngrams))),
  };
}

interface OneSidedWord {
  readonly word: string;
  readonly weight: number;
  /** How like the most like word of the other side it is. */
  readonly likeness: number;
}

function oneSided(question: Question, other: Question): OneSidedWord[] {
  return [...question.weights]
    .filter(([word]) => !other.weights.has(word))
    .map(([word, weight]) => ({
      word,
      weight,
      likeness: Math.max(0, ...other.words.map((theirs) => likenessOf(word, theirs))),
    }));
}

/** Shared beginning over the length: "invest" and "investment", "account" and "accounts". */
function likenessOf(left: string, right: string): number {
  const longest = Math.max(left.length, right.length);
  let common = 0;
  while (common < longest && left[common] === right[common]) common += 1;
  return common < 3 ? 0 : common / longest;
}

export function cosineOf(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let product = 0;
  for (const [key, count] of left) product += count * (right.get(key) ?? 0);
  const norm = Math.sqrt(normOf(left) * normOf(right));
  return norm === 0 ? 0 : product / norm;
}

function normOf(counts: ReadonlyMap<string, number>): number {
  return sum([...counts.values()].map((count) => count * count));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
