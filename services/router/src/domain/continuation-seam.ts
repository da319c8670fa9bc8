import { Fault } from '@weir/service-kit/fault';
import { IntroducedText } from './introduced-text.ts';
import {
  isBegunAnew,
  isHighSurrogate,
  isOfSpacedWord,
  isTelling,
  isTellingWithoutSpaces,
  isWordCharacter,
  lengthOfRespelt,
  lettersOf,
  repeatsItself,
} from './repeated-text.ts';
import { indexOfText } from './text-search.ts';

interface SeamParts {
  /** What the client has been sent. */
  readonly sent: string;
  /** Whether the target continues the text itself, and has not only been asked to in words. */
  readonly isPrefilled: boolean;
}

/** How far back from its end a repetition of what was sent may begin, unless it begins at the very start, in characters. */
const maxOverlap = 4_096;

/** A text that ends, and goes on, in the same words in more lengths than these says one thing again and again. */
const maxCandidates = 16;

/** A shorter beginning of an answer may come again in it. */
const shortestIntroduced = 24;

/**
 * Finds where a continuation goes beyond what was sent before the break: models repeat the end of it, or all of it. Text is
 * held back as long as it occurs in what was sent, and never longer than that.
 */
export class ContinuationSeam {
  readonly #sent: string;
  /** What was sent, without the white space that it begins with: models that begin again may leave it out, or add some. */
  readonly #start: string;
  readonly #end: string;
  readonly #isPrefilled: boolean;
  /** The white space with which the continuation begins. */
  #lead = '';
  /** How much has come after it that is the same as `#start`. */
  #sameLength = 0;
  /** What has come, once it is not the same as that. */
  #held: string | undefined;
  #isDecided: boolean;
  /** The letters and digits of `#start`; undefined where too few to say anything. */
  readonly #letters: string | undefined;
  /** How many of them have come, in whatever spelling; undefined once it was another one. */
  #sameLetters: number | undefined;
  /** Of what was passed on, as long as the whole answer may still follow a few words of introduction. */
  #again: IntroducedText | undefined;

  constructor({ sent, isPrefilled }: SeamParts) {
    this.#sent = sent;
    this.#start = sent.trimStart();
    this.#end = sent.slice(-maxOverlap);
    this.#isPrefilled = isPrefilled;
    this.#isDecided = this.#start === '';
    this.#letters = isTelling(this.#start) ? lettersOf(this.#start) : undefined;
    this.#sameLetters = this.#letters === undefined ? undefined : 0;
    const mayBeIntroduced =
      !isPrefilled && this.#start.length >= shortestIntroduced && isTelling(this.#start);
    this.#again = mayBeIntroduced ? new IntroducedText(this.#start) : undefined;
  }

  /**
   * The next text of the continuation; returns what of it, and of the text before, is new. Throws a Fault where the target
   * gives the whole answer again in other words, or after an introduction: it is passed over, and the stream's fault stays the one that broke it.
   */
  push(text: string): string {
    if (this.#isDecided) return this.#pass(text);
    const next = this.#sameLength === 0 && this.#held === undefined ? this.#withoutLead(text) : text;
    if (this.#held === undefined && this.#start.startsWith(next, this.#sameLength)) {
      this.#sameLength += next.length;
      this.#compareLetters(next);
      return this.#sameLength < this.#start.length ? '' : this.#decide();
    }
    this.#held = this.#come() + next;
    const mayRepeat = this.#held.length < this.#end.length && indexOfText(this.#end, this.#held) !== -1;
    return this.#compareLetters(next) || mayRepeat ? '' : this.#decide();
  }

  /** Whether the answer may still be begun again in another spelling: by capitals, marks, Markdown, or Unicode's forms. */
  #compareLetters(next: string): boolean {
    const { length = 0 } = this.#letters ?? {};
    if (this.#sameLetters === undefined || this.#come().length > 2 * this.#start.length) return false;
    // Of the last letter a mark may still come.
    if (this.#sameLetters === length) return /^\p{M}+$/u.test(next);
    const letters = lettersOf(next);
    const isSame = this.#letters?.startsWith(letters, this.#sameLetters) === true;
    this.#sameLetters = isSame ? this.#sameLetters + letters.length : undefined;
    return isSame;
  }

  /** What was held back of a continuation that has ended. Throws as `push` does. */
  end(): string {
    return this.#isDecided ? '' : this.#decide();
  }

  #withoutLead(text: string): string {
    const begun = this.#lead + text;
    const bare = begun.trimStart();
    this.#lead = begun.slice(0, begun.length - bare.length);
    return bare;
  }

  #come(): string {
    return this.#held ?? this.#lead + this.#start.slice(0, this.#sameLength);
  }

  #decide(): string {
    const come = this.#come();
    this.#isDecided = true;
    const repeated = this.#repeatedIn(come);
    if (repeated === 0 && isBegunAnew(this.#start, come.trimStart())) {
      const cause = new Error('The target gave the answer from its beginning again, in other words');
      throw new Fault('no_target_available', { cause });
    }
    return this.#pass(come.slice(repeated));
  }

  /** "Of course! Here is the rest:", and then the answer from its beginning: the words before it are with the client by then. */
  #pass(text: string): string {
    if (this.#again?.add(text) === true) {
      const cause = new Error('The target gave the answer from its beginning again, after an introduction');
      throw new Fault('no_target_available', { cause });
    }
    if (this.#again?.mayCome === false) this.#again = undefined;
    return text;
  }

  /** How long the text is with which the continuation begins, and what was sent ends. */
  #repeatedIn(come: string): number {
    const sent = this.#sent;
    if (come.startsWith(this.#start, this.#lead.length) && this.#isRepetition(sent)) {
      return this.#lead.length + this.#start.length;
    }
    const respelt = this.#letters === undefined ? 0 : lengthOfRespelt(sent, this.#letters, come);
    if (respelt > 0) return respelt;
    let candidates = 0;
    for (let length = Math.min(come.length, this.#end.length, sent.length - 1); length > 0; length--) {
      const overlap = sent.slice(-length);
      if (!come.startsWith(overlap)) continue;
      if (this.#isRepetition(overlap)) return length;
      if (++candidates >= maxCandidates) break;
    }
    return 0;
  }

  /** Whether a text which ends what was sent, and comes again, was said once; some texts do repeat themselves. */
  #isRepetition(overlap: string): boolean {
    const sent = this.#sent;
    const isWhole = overlap === sent;
    if (!this.#isPrefilled && isWhole) return true;
    // It was given without the white space at its end, and so gives that again.
    if (this.#isPrefilled && overlap.trim() === '') return true;
    // Half of an emoji, which is not sent on to be continued.
    if (isHighSurrogate(overlap)) return true;
    // "Norway is" and "is Oslo": no text has its last word twice without a space between them.
    const isGlued = isOfSpacedWord(overlap[0]) && isOfSpacedWord(sent.at(-1));
    if (isTelling(overlap) || isTellingWithoutSpaces(overlap))
      return isWhole || isGlued || !repeatsItself(sent, overlap);
    const isWord = !isWordCharacter(sent.at(-overlap.length - 1));
    return !this.#isPrefilled && isGlued && isWord && overlap.length >= 2;
  }
}
