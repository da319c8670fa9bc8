/**
 * A letter, digit or sign of a text, as word lists compare it. Case, width and look-alikes of other scripts are folded, marks are
 * kept apart from the letter that bears them, and what is invisible is gone.
 */
export interface Letter {
  /** The letter without its marks, or the digit or sign that was written. */
  readonly base: string;
  /** Of letters that digits and signs can stand for, and of those: the same for all that may be one another. */
  readonly symbol: string;
  readonly kind: 'letter' | 'digit' | 'sign';
  /** A bit for each kind of mark: tones, circumflex, breve, horn, and the stroke of đ. */
  readonly marks: number;
  /** In UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
  /** What separates it from the letter before: `separator` bits, 0 where they touch. */
  readonly gap: number;
  /** Whether it stands for three or more of itself. */
  readonly isElongated: boolean;
}

export const gaps = { space: 1, punctuation: 2, long: 4 } as const;

/** Separators, and invisible characters, between two letters of one word or phrase. */
const maxGapLength = 8;
/** Of one letter written again and again. */
export const maxRunLength = 32;

/** Of one character, decomposed. */
const maxPartsLength = 8;
const maxRemembered = 8_192;

const standsFor: Readonly<Record<string, string>> = {
  ...{ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', 9: 'g' },
  ...{ '@': 'a', $: 's', '!': 'i', '|': 'i', '+': 't', '€': 'e', '£': 'l' },
};

const lookAlikes: Readonly<Record<string, string>> = {
  ...{
    а: 'a',
    е: 'e',
    о: 'o',
    р: 'p',
    с: 'c',
    х: 'x',
    у: 'y',
    к: 'k',
    і: 'i',
    ѕ: 's',
    ԁ: 'd',
    м: 'm',
    т: 't',
    н: 'h',
    в: 'b',
  },
  ...{ α: 'a', ο: 'o', ρ: 'p', υ: 'u', κ: 'k', ι: 'i', ѵ: 'v', ƒ: 'f', ı: 'i' },
};

const markBits = new Map(
  Array.from('\u0300\u0301\u0309\u0303\u0323\u0302\u0306\u031B', (mark, index) => [mark, 1 << index]),
);
const stroke = 1 << 8;
const otherMark = 1 << 9;

type Part =
  | {
      readonly is: 'letter';
      readonly base: string;
      readonly symbol: string;
      readonly kind: Letter['kind'];
      marks: number;
    }
  | { readonly is: 'mark'; readonly bit: number }
  | { readonly is: 'invisible' }
  | { readonly is: 'gap'; readonly bit: number };

/** What a character is made of. It does not depend on its neighbours, so that a text can be cut anywhere. */
const partsOf = memoised((character: string): readonly Part[] => {
  const parts: Part[] = [];
  const folded = character.normalize('NFKD').toLowerCase().normalize('NFKD');
  // The one character that stands for a sentence of 18 is no way to write a word.
  for (const each of folded.length > maxPartsLength ? character : folded) {
    const base = each === 'đ' ? 'd' : (lookAlikes[each] ?? each);
    const last = parts.at(-1);
    if (/\p{M}/u.test(base)) {
      const bit = markBits.get(base) ?? otherMark;
      if (last?.is === 'letter') last.marks |= bit;
      else parts.push({ is: 'mark', bit });
    } else if (/\p{L}/u.test(base)) {
      parts.push({
        is: 'letter',
        base,
        symbol: base === 'l' ? 'i' : base,
        kind: 'letter',
        marks: each === 'đ' ? stroke : 0,
      });
    } else if (/\p{N}/u.test(base) || base in standsFor) {
      const kind = /\p{N}/u.test(base) ? 'digit' : 'sign';
      const symbol = standsFor[base] ?? base;
      parts.push({ is: 'letter', base, symbol: symbol === 'l' ? 'i' : symbol, kind, marks: 0 });
    } else if (/\p{Cf}/u.test(base)) parts.push({ is: 'invisible' });
    else parts.push({ is: 'gap', bit: /\s/u.test(base) ? gaps.space : gaps.punctuation });
  }
  return parts;
});

export interface Letters {
  readonly letters: readonly Letter[];
  /** What stands after the last of them: `gaps` bits, 0 where it may still get a mark, or be repeated. */
  readonly gapAfter: number;
}

/** The letters of a text. Three and more of the same become one, unless there are too many. */
export function lettersOf(text: string): Letters {
  const letters: Letter[] = [];
  let [gap, gapLength, position] = [0, 0, 0];
  const gapSoFar = () => (gapLength > maxGapLength ? gap | gaps.long : gap);
  for (const character of text) {
    const start = position;
    position += character.length;
    for (const part of partsOf(character)) {
      if (part.is === 'letter') {
        const { base, kind, marks, symbol } = part;
        const isElongated = false;
        letters.push({ base, symbol, kind, marks, start, end: position, gap: gapSoFar(), isElongated });
        gap = gapLength = 0;
        continue;
      }
      const last = letters.at(-1);
      if (part.is === 'mark' && last && gapSoFar() === 0) {
        letters[letters.length - 1] = { ...last, marks: last.marks | part.bit, end: position };
      }
      if (part.is === 'gap') gap |= part.bit;
      gapLength += 1;
    }
  }
  return { letters: foldRuns(letters), gapAfter: gapSoFar() };
}

function foldRuns(letters: readonly Letter[]): Letter[] {
  const folded: Letter[] = [];
  for (let index = 0; index < letters.length;) {
    const end = endOfRun(letters, index);
    const [first, last] = [letters[index], letters[end - 1]];
    const isFolded = end - index >= 3 && end - index <= maxRunLength;
    if (first && last && isFolded) folded.push({ ...first, end: last.end, isElongated: true });
    for (; index < end; index += 1) {
      const letter = letters[index];
      if (letter && !isFolded) folded.push(letter);
    }
  }
  return folded;
}

/** A run is what touches, and is the same. */
function endOfRun(letters: readonly Letter[], start: number): number {
  const first = letters[start];
  let end = start + 1;
  for (; end < letters.length; end += 1) {
    const next = letters[end];
    if (next?.gap !== 0 || next.base !== first?.base || next.marks !== first.marks) break;
  }
  return end;
}

/** Remembers what characters are, as many as a text in some scripts has. */
function memoised<T>(compute: (character: string) => T): (character: string) => T {
  const remembered = new Map<string, T>();
  return (character) => {
    const known = remembered.get(character);
    if (known !== undefined) return known;
    const computed = compute(character);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(character, computed);
    return computed;
  };
}
