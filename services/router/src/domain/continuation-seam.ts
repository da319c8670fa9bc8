import { Fault } from '@weir/service-kit/fault';

interface SeamParts {
  /** What the client has been sent. */
  readonly sent: string;
  /** Whether the target continues the text itself, and has not only been asked to in words. */
  readonly isPrefilled: boolean;
}

/** How far back from its end a repetition of what was sent may begin, unless it begins at the very start, in characters. */
const maxOverlap = 4_096;

/** How long an introduction is before which an answer is given again, in characters. */
const longestIntroduction = 256;

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
  /** What was passed on, as long as the whole answer may still follow a few words of introduction. */
  #passed: string | undefined;

  constructor({ sent, isPrefilled }: SeamParts) {
    this.#sent = sent;
    this.#start = sent.trimStart();
    this.#end = sent.slice(-maxOverlap);
    this.#isPrefilled = isPrefilled;
    this.#isDecided = this.#start === '';
    const mayBeIntroduced =
      !isPrefilled && this.#start.length >= shortestIntroduced && isTelling(this.#start);
    this.#passed = mayBeIntroduced ? '' : undefined;
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
      return this.#sameLength < this.#start.length ? '' : this.#decide();
    }
    this.#held = this.#come() + next;
    const mayRepeat = this.#held.length < this.#end.length && this.#end.includes(this.#held);
    return mayRepeat ? '' : this.#decide();
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
    if (this.#passed === undefined) return text;
    this.#passed += text;
    if (this.#passed.includes(this.#start)) {
      const cause = new Error('The target gave the answer from its beginning again, after an introduction');
      throw new Fault('no_target_available', { cause });
    }
    if (this.#passed.length > this.#start.length + longestIntroduction) this.#passed = undefined;
    return text;
  }

  /** How long the text is with which the continuation begins, and what was sent ends. */
  #repeatedIn(come: string): number {
    const sent = this.#sent;
    if (come.startsWith(this.#start, this.#lead.length) && this.#isRepetition(sent)) {
      return this.#lead.length + this.#start.length;
    }
    for (let length = Math.min(come.length, this.#end.length, sent.length - 1); length > 0; length--) {
      const overlap = sent.slice(-length);
      if (come.startsWith(overlap) && this.#isRepetition(overlap)) return length;
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
    // "Norway is" and "is Oslo": no text has its last word twice without a space between them.
    const isGlued = isWordCharacter(overlap[0]) && isWordCharacter(sent.at(-1));
    if (isTelling(overlap)) return isWhole || isGlued || !repeatsItself(sent, overlap);
    const isWord = !isWordCharacter(sent.at(-overlap.length - 1));
    return !this.#isPrefilled && isGlued && isWord && overlap.length >= 2;
  }
}

/** Whether the text has the overlap elsewhere too, or the overlap is one thing again and again: tables, code, refrains. */
function repeatsItself(sent: string, overlap: string): boolean {
  const isPeriodic = (overlap + overlap).indexOf(overlap, 1) < overlap.length;
  return isPeriodic || sent.indexOf(overlap) < sent.length - overlap.length;
}

/** Longer beginnings than this are the same by no chance, even where a new sentence begins, in characters. */
const chanceLength = 40;

/** Whether the continuation begins as the whole answer did, without being the same. */
function isBegunAnew(sent: string, come: string): boolean {
  let same = 0;
  while (same < sent.length && sent[same] === come[same]) same++;
  if (!isTelling(sent.slice(0, same))) return false;
  // Sentences and lines may well begin alike, but not in the middle of another one.
  const isMidSentence = isWordCharacter(sent.at(-1)) || /[,;] ?$|[\p{L}\p{N}] $/u.test(sent.slice(-3));
  return isMidSentence || same >= chanceLength;
}

const wordCharacter = /[\p{L}\p{M}\p{N}]/u;

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && wordCharacter.test(character);
}

/** Whether a text is long enough not to come again by chance. */
function isTelling(text: string): boolean {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const length = words.reduce((sum, word) => sum + word.length, 0);
  return length >= 8 || (length >= 6 && words.length >= 2);
}
