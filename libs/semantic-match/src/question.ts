import { wordsOf, type WordFrequencies } from './word-frequencies.ts';
import { weightOf } from './word-weights.ts';

/** A question as the features read it: once, however many it is compared with. */
export interface Question {
  readonly words: readonly string[];
  /** Each word once, with its weight. */
  readonly weights: ReadonlyMap<string, number>;
  /** Each word once, with its inverse document frequency. */
  readonly idf: ReadonlyMap<string, number>;
  /** Sequences of three characters, with how often they stand there. */
  readonly ngrams: ReadonlyMap<string, number>;
  /** The same of the text without diacritics: "thẻ" and "the" are often one word, typed on two keyboards. */
  readonly plainNgrams: ReadonlyMap<string, number>;
  readonly numbers: string;
  /** Words within a sentence that are written with a capital letter: names, mostly. */
  readonly capitals: ReadonlySet<string>;
}

export function readQuestion(text: string, frequencies: WordFrequencies): Question {
  const words = wordsOf(text);
  const joined = words.join(' ');
  const names = text.normalize('NFC').match(/(?<=[\p{L},] )\p{Lu}[\p{L}\p{M}]+/gu) ?? [];
  return {
    words,
    weights: new Map(words.map((word) => [word, weightOf(word)])),
    idf: new Map(words.map((word) => [word, frequencies.idfOf(word)])),
    ngrams: ngramsOf(joined),
    plainNgrams: ngramsOf(plainOf(joined)),
    numbers: words.filter((word) => /^\p{N}/u.test(word)).join(' '),
    capitals: new Set(names.map((name) => name.toLowerCase())),
  };
}

export function plainOf(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd');
}

function ngramsOf(text: string): Map<string, number> {
  const padded = ` ${text} `;
  const counts = new Map<string, number>();
  for (let index = 0; index + 3 <= padded.length; index += 1) {
    const ngram = padded.slice(index, index + 3);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** Of two counts, 0 to 1. */
export function cosineOf(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let product = 0;
  for (const [key, count] of left) product += count * (right.get(key) ?? 0);
  const norm = Math.sqrt(squaresOf(left) * squaresOf(right));
  return norm === 0 ? 0 : product / norm;
}

function squaresOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count * count;
  return sum;
}
