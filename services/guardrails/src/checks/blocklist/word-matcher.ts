import { gaps, type Letter, lettersOf, maxRunLength } from './letters.ts';
import { createAutomaton, type State, step } from './word-automaton.ts';

/** A word or a phrase, and how it is looked for. */
export interface WordPattern {
  readonly word: string;
  /**
   * Which marks a letter may have for the letter of the word: `same` as in the word, `fewer`, so that unmarked text is found,
   * or `any`.
   */
  readonly marks: 'same' | 'fewer' | 'any';
  /** Whether digits and signs for letters, letters that are repeated, or set apart, count as the word. */
  readonly evasions: boolean;
}

export interface WordMatch {
  /** Its place in the list of patterns. */
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
}

interface Variant {
  readonly pattern: number;
  readonly letters: readonly Letter[];
}

/** How many units before a match are read: as many as a run that is too long to be folded. */
export const wordContextLength = 2 * maxRunLength;

/** Finds whole words and phrases in a text, in time linear in its length. */
export class WordMatcher {
  readonly #patterns: readonly WordPattern[];
  readonly #variants: readonly Variant[];
  readonly #root: State;

  constructor(patterns: readonly WordPattern[]) {
    this.#patterns = patterns;
    this.#variants = patterns.flatMap(variantsOf);
    this.#root = createAutomaton(this.#variants.map(({ letters }) => letters.map(({ symbol }) => symbol)));
  }

  find(text: string): WordMatch[] {
    const found: WordMatch[] = [];
    const { letters } = lettersOf(text);
    let state = this.#root;
    letters.forEach((letter, index) => {
      state = this.#step(state, letter);
      if (!isWordEnd(letters, index)) return;
      // The longest first.
      for (let at: State | undefined = state; at; at = at.ending) {
        for (const which of at.words) {
          const match = this.#matchAt(which, letters, index);
          if (match) found.push(match);
        }
      }
    });
    return found;
  }

  /** From where on what is found may change when the text goes on. */
  settledLength(text: string): number {
    // The half of a character is none yet.
    const whole = /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
    const { gapAfter, letters } = lettersOf(whole);
    if ((gapAfter & gaps.long) !== 0) return whole.length;
    const known = gapAfter === 0 ? startOfLastRun(letters) : letters.length;
    let state = this.#root;
    for (const letter of letters.slice(0, known)) state = this.#step(state, letter);
    for (let at: State | undefined = state; at && at.depth > 0; at = at.fallback) {
      const first = known - at.depth;
      if (isWordStart(letters, first) && (at.next.size > 0 || gapAfter === 0))
        return letters[first]?.start ?? 0;
    }
    const open = letters[known];
    return open && isWordStart(letters, known) ? open.start : whole.length;
  }

  #step(state: State, { gap, symbol }: Letter): State {
    return step((gap & gaps.long) === 0 ? state : this.#root, symbol);
  }

  #matchAt(which: number, letters: readonly Letter[], lastIndex: number): WordMatch | undefined {
    const variant = this.#variants[which];
    const pattern = variant && this.#patterns[variant.pattern];
    if (!pattern) return undefined;
    const { letters: wanted } = variant;
    const first = lastIndex - wanted.length + 1;
    if (!isWordStart(letters, first)) return undefined;
    const written = letters.slice(first, lastIndex + 1);
    const matches =
      wanted.every((letter, index) => isSame(letter, written[index], pattern)) &&
      isSetApartAs(wanted, written, pattern.evasions) &&
      isMostlyLetters(wanted, written);
    if (!matches) return undefined;
    return { pattern: variant.pattern, start: written[0]?.start ?? 0, end: written.at(-1)?.end ?? 0 };
  }
}

/** The word as it is, and with its double letters as single ones, which then have to be repeated in the text. */
function variantsOf({ evasions, word }: WordPattern, pattern: number): Variant[] {
  const { letters } = lettersOf(word);
  const collapsed = letters.flatMap((letter, index): Letter[] => {
    const next = letters[index + 1];
    const isDoubled = next?.gap === 0 && next.base === letter.base && next.marks === letter.marks;
    if (isDoubled) return [];
    const previous = letters[index - 1];
    const wasDoubled = letter.gap === 0 && previous?.base === letter.base && previous.marks === letter.marks;
    return [wasDoubled ? { ...letter, gap: previous.gap, isElongated: true } : letter];
  });
  const isOther = evasions && collapsed.length < letters.length;
  return [{ pattern, letters }, ...(isOther ? [{ pattern, letters: collapsed }] : [])];
}

function isSame(wanted: Letter, written: Letter | undefined, { evasions, marks }: WordPattern): boolean {
  if (!written) return false;
  if (wanted.isElongated !== written.isElongated && (wanted.isElongated || !evasions)) return false;
  const standsFor = evasions && wanted.kind === 'letter' && written.kind !== 'letter';
  if (standsFor) return true;
  if (wanted.base !== written.base) return false;
  if (marks === 'any') return true;
  return marks === 'same' ? wanted.marks === written.marks : (written.marks & ~wanted.marks) === 0;
}

/** Words of a phrase may be joined where `evasions`, and a word may be spelled letter by letter; nothing else comes between letters. */
function isSetApartAs(wanted: readonly Letter[], written: readonly Letter[], evasions: boolean): boolean {
  const inner = written.slice(1).map(({ gap }, index) => ({ gap, wanted: wanted[index + 1]?.gap !== 0 }));
  // A comma or a full stop between two words ends what was begun.
  if (inner.some(({ gap }) => gap === (gaps.space | gaps.punctuation))) return false;
  if (inner.every(({ gap, wanted: isWanted }) => (gap === 0 ? evasions || !isWanted : isWanted))) return true;
  return evasions && inner.length >= 2 && inner.every(({ gap }) => gap !== 0);
}

/** `5h1t` is a word, `455` is a number. */
function isMostlyLetters(wanted: readonly Letter[], written: readonly Letter[]): boolean {
  const replaced = written.filter(({ base }, index) => base !== wanted[index]?.base).length;
  return replaced * 2 <= written.length;
}

function isWordStart(letters: readonly Letter[], index: number): boolean {
  const previous = letters[index - 1];
  return previous === undefined || letters[index]?.gap !== 0 || previous.kind === 'sign';
}

function isWordEnd(letters: readonly Letter[], index: number): boolean {
  return (
    letters[index + 1] === undefined || isWordStart(letters, index + 1) || letters[index + 1]?.kind === 'sign'
  );
}

function startOfLastRun(letters: readonly Letter[]): number {
  let start = Math.max(0, letters.length - 1);
  const last = letters[start];
  while (start > 0 && letters[start]?.gap === 0 && letters[start - 1]?.base === last?.base) start -= 1;
  return start;
}
