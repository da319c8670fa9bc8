import { isFunctionWord } from './word-weights.ts';

/** Beyond it all counts are halved: what was asked lately counts most, and memory is bounded. */
const maxQuestions = 4_000;

/** What is expected of a partition weighs as much as so many of its questions. */
const expectedQuestions = 300;
/** In how many of them a word of grammar stands. */
const expectedShare = 0.15;

/**
 * In how many of a partition's stored questions each word stands, kept as they come. Where all ask about one product its name tells no two
 * questions apart; a word that nobody has used before does. Approximate by intent: a process that has just started takes all words alike.
 */
export class WordFrequencies {
  #questions = 0;
  readonly #counts = new Map<string, number>();

  /** Of a question whose answer is stored. */
  add(question: string): void {
    this.#questions += 1;
    for (const word of new Set(wordsOf(question))) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
    if (this.#questions > maxQuestions) this.#halve();
  }

  /**
   * The inverse document frequency, a natural logarithm: small where most questions have the word. Until there are many questions, words
   * count as they do in any: those of grammar stand in many, others in few.
   */
  idfOf(word: string): number {
    const expected = isFunctionWord(word) ? expectedQuestions * expectedShare : 0;
    const count = (this.#counts.get(word) ?? 0) + expected;
    return Math.log((this.#questions + expectedQuestions + 1) / (count + 0.5));
  }

  /** Words that are known. */
  get size(): number {
    return this.#counts.size;
  }

  #halve(): void {
    this.#questions = Math.ceil(this.#questions / 2);
    for (const [word, count] of this.#counts) {
      if (count === 1) this.#counts.delete(word);
      else this.#counts.set(word, Math.floor(count / 2));
    }
  }
}

/** Lower case, in order; a number with its separators is one. */
export function wordsOf(text: string): string[] {
  const lower = text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/(?<=\p{L})['’](?=\p{L})/gu, '');
  return lower.match(/[\p{L}\p{M}]+|\p{N}+(?:[.,]\p{N}+)*/gu) ?? [];
}
