import { type Question, cosineOf } from './question.ts';
import { isFunctionWord } from './word-weights.ts';

/** The names that coefficients are kept by. Each with the sign that its weight must have, 0 where the data decides. */
export const featureSigns = {
  similarity: 1,
  /** Similarity tells more of long questions. */
  similarityTimesWords: 1,
  leadOverOthers: 1,
  othersBehindByLittle: -1,
  ngrams: 0,
  plainNgrams: 0,
  words: 0,
  wordCount: 0,
  lengthRatio: 0,
  sharedOfLonger: 0,
  sharedWeight: 0,
  sharedLetters: 0,
  oneSidedWeight: 0,
  oneSidedHeaviest: 0,
  oneSidedUnlike: 0,
  oneSidedUnlikest: 0,
  onlyFunctionWordsDiffer: 0,
  idfJaccard: 0,
  idfSharedOfLonger: 0,
  idfSharedOfShorter: 0,
  idfShared: 0,
  idfSharedRarest: 0,
  idfOneSided: 0,
  idfOneSidedRarest: 0,
  idfOneSidedBoth: 0,
  numbersDiffer: -1,
  namesDiffer: -1,
  firstWordSame: 0,
  lastWordSame: 0,
} as const satisfies Record<string, 1 | -1 | 0>;

export type FeatureName = keyof typeof featureSigns;
export type Features = Record<FeatureName, number>;
export const featureNames = Object.keys(featureSigns) as FeatureName[];

export interface Neighbour {
  readonly question: Question;
  readonly similarity: number;
}

/** Without another candidate to be ahead of. */
const leadWhenAlone = 0.1;

/** What tells whether the answer to a candidate answers the question as well. `others` are the rest of its nearest. */
export function featuresOf(question: Question, candidate: Neighbour, others: readonly Neighbour[]): Features {
  const { similarity, question: stored } = candidate;
  const [length, storedLength] = [question.words.length, stored.words.length];
  const runnerUp = Math.max(...others.map((other) => other.similarity));
  return {
    similarity,
    similarityTimesWords: (similarity - 0.95) * Math.min(length, storedLength),
    leadOverOthers: others.length === 0 ? leadWhenAlone : similarity - runnerUp,
    othersBehindByLittle: others.filter((other) => similarity - other.similarity <= 0.05).length,
    ngrams: cosineOf(question.ngrams, stored.ngrams),
    plainNgrams: cosineOf(question.plainNgrams, stored.plainNgrams),
    wordCount: Math.min(length, storedLength),
    lengthRatio: Math.min(length, storedLength) / Math.max(1, length, storedLength),
    ...ofSharedWords(question, stored),
    ...ofOneSidedWords(question, stored),
    ...ofRareWords(question, stored),
    numbersDiffer: Number(question.numbers !== stored.numbers),
    firstWordSame: Number(question.words[0] === stored.words[0]),
    lastWordSame: Number(question.words.at(-1) === stored.words.at(-1)),
  };
}

function ofSharedWords(question: Question, stored: Question) {
  const shared = sharedWordsOf(question, stored);
  const weight = sumOf(shared.map((word) => question.weights.get(word) ?? 0));
  const [ours, theirs] = [sumOf(question.weights.values()), sumOf(stored.weights.values())];
  const letters = shared.map((word) => (question.weights.get(word) ?? 0) * Math.min(12, word.length));
  return {
    words: shared.length / Math.max(1, question.weights.size + stored.weights.size - shared.length),
    sharedWeight: weight,
    sharedOfLonger: weight / Math.max(0.1, ours, theirs),
    sharedLetters: sumOf(letters) / 6,
  };
}

/** By the words that only one of the two has, and how like the other's words they are. */
function ofOneSidedWords(question: Question, stored: Question) {
  const [ours, theirs] = [oneSided(question, stored), oneSided(stored, question)];
  const all = [...ours, ...theirs];
  const unlike = (words: readonly OneSidedWord[]) =>
    words.map(({ weight, likeness }) => weight * (1 - likeness));
  const isName = ({ word }: OneSidedWord) => question.capitals.has(word) || stored.capitals.has(word);
  return {
    oneSidedWeight: sumOf(all.map(({ weight }) => weight)),
    oneSidedHeaviest: Math.max(0, ...all.map(({ weight }) => weight)),
    oneSidedUnlike: sumOf(unlike(all)),
    oneSidedUnlikest: Math.max(0, ...unlike(all)),
    onlyFunctionWordsDiffer: Number(all.every(({ word }) => isFunctionWord(word))),
    namesDiffer: all.filter(isName).length,
  };
}

/** The same by how rare the words are among the questions of the partition. */
function ofRareWords(question: Question, stored: Question) {
  const idfOf = (words: Iterable<string>) =>
    [...words].map((word) => question.idf.get(word) ?? stored.idf.get(word) ?? 0);
  const shared = idfOf(sharedWordsOf(question, stored));
  const ours = [...question.idf.keys()].filter((word) => !stored.idf.has(word));
  const theirs = [...stored.idf.keys()].filter((word) => !question.idf.has(word));
  const oneSided = idfOf([...ours, ...theirs].filter((word) => !isFunctionWord(word)));
  const [ourSum, theirSum, sharedSum] = [
    sumOf(question.idf.values()),
    sumOf(stored.idf.values()),
    sumOf(shared),
  ];
  return {
    idfJaccard: sharedSum / Math.max(0.1, ourSum + theirSum - sharedSum),
    idfSharedOfLonger: sharedSum / Math.max(0.1, ourSum, theirSum),
    idfSharedOfShorter: sharedSum / Math.max(0.1, Math.min(ourSum, theirSum)),
    idfShared: sharedSum,
    idfSharedRarest: Math.max(0, ...shared),
    idfOneSided: sumOf(oneSided),
    idfOneSidedRarest: Math.max(0, ...oneSided),
    idfOneSidedBoth: Math.min(sumOf(idfOf(ours)), sumOf(idfOf(theirs))),
  };
}

interface OneSidedWord {
  readonly word: string;
  readonly weight: number;
  /** How like the most like word of the other side it is, 0 to 1. */
  readonly likeness: number;
}

function oneSided(question: Question, other: Question): OneSidedWord[] {
  return [...question.weights]
    .filter(([word]) => !other.weights.has(word))
    .map(([word, weight]) => ({
      word,
      weight,
      likeness: Math.max(0, ...[...other.weights.keys()].map((theirs) => likenessOf(word, theirs))),
    }));
}

/** The shared beginning over the length: "invest" and "investment", "account" and "accounts". */
function likenessOf(left: string, right: string): number {
  const longest = Math.max(left.length, right.length);
  let common = 0;
  while (common < longest && left[common] === right[common]) common += 1;
  return common < 3 ? 0 : common / longest;
}

function sharedWordsOf(question: Question, stored: Question): string[] {
  return [...question.weights.keys()].filter((word) => stored.weights.has(word));
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
