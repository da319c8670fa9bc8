import { entities } from '@weir/contracts/guardrails/entities';
import { hashLetter, kindsOf, wordKinds } from './lexicon.ts';
import { confusableDigit, isAlphanumeric, isDigit, isSeparator } from './characters.ts';
import type { Candidate } from './candidate.ts';
import { findPrivateKeys } from './find-secrets.ts';
import type { NormalizedText } from './normalize.ts';

/**
 * What stands in the place of personal data: `[EMAIL]`, `[EMAIL_1]`, `[EMAIL_<hash>]`, and the same without brackets in
 * identifiers. A hash without any letter is none: a card's number has as many digits.
 */
const mark = '(?:\\d{1,5}|(?=[0-9a-f]*[a-f])[0-9a-f]{16})';
const names = entities.join('|');
const bracketed = new RegExp(`\\[(?:${names.toUpperCase()})(?:_${mark})?\\]`, 'y');
const identifier = new RegExp(`(?<![A-Za-z0-9])(?:${names})_${mark}(?![A-Za-z0-9_-])`, 'y');

/** The place of a placeholder's last unit where one begins at `start`, else `start`. */
function skipPlaceholder(text: NormalizedText, start: number, pattern: RegExp): number {
  pattern.lastIndex = start;
  const match = pattern.exec(text.text);
  return match ? start + match[0].length - 1 : start;
}

/** The stretches of letters and digits of a text, by their index. */
export class Tokens {
  readonly text: NormalizedText;
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** How many digits each has. */
  readonly digits: number[] = [];
  /** What the letters of each may mean. */
  readonly #kinds: number[] = [];
  #privateKeys: readonly Candidate[] | undefined;

  constructor(text: NormalizedText) {
    this.text = text;
    const units = text.text;
    text.reads += units.length;
    let kinds = 0;
    for (let index = 0; index < units.length; index += 1) {
      const first = units.charCodeAt(index);
      if (first === 91) {
        const end = skipPlaceholder(text, index, bracketed);
        if (end > index) kinds = wordKinds.afterPlaceholder;
        index = end;
      }
      if (!isAlphanumeric(first)) continue;
      const start = index;
      let digits = 0;
      let hash = 0;
      for (let code = first; isAlphanumeric(code); code = units.charCodeAt((index += 1))) {
        if (isDigit(code)) digits += 1;
        else hash = hashLetter(hash, code);
      }
      if (digits === 0 && units.charCodeAt(index) === 95) {
        const end = skipPlaceholder(text, start, identifier);
        if (end > start) {
          index = end;
          kinds = wordKinds.afterPlaceholder;
          continue;
        }
      }
      this.starts.push(start);
      this.ends.push(index);
      this.digits.push(digits);
      this.#kinds.push(digits === index - start ? kinds : kinds | kindsOf(hash));
      kinds = 0;
    }
  }

  /** Found once for all who ask: they are the longest of what is found, and a place may be asked about again and again. */
  get privateKeys(): readonly Candidate[] {
    return (this.#privateKeys ??= findPrivateKeys(this.text));
  }

  get count(): number {
    return this.starts.length;
  }

  start(token: number): number {
    return this.starts[token] ?? this.text.length;
  }

  end(token: number): number {
    return this.ends[token] ?? this.text.length;
  }

  length(token: number): number {
    return this.end(token) - this.start(token);
  }

  digitCount(token: number): number {
    return this.digits[token] ?? 0;
  }

  /** What a token may be, of all kinds. */
  kinds(token: number): number {
    return this.#kinds[token] ?? 0;
  }

  /** Whether a token may be a word of a kind. */
  mayBe(token: number, kind: number): boolean {
    return (this.kinds(token) & kind) !== 0;
  }

  /** The last token that begins before a place, or -1. */
  before(place: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  word(token: number): string {
    return this.text.slice(this.start(token), this.end(token));
  }

  /** A token's first characters. */
  slice(token: number, length: number): string {
    return this.text.slice(this.start(token), Math.min(this.end(token), this.start(token) + length));
  }

  /** What stands between a token and the next. */
  gap(token: number): string {
    return this.text.slice(this.end(token), Math.min(this.start(token + 1), this.end(token) + 8));
  }

  /** Whether what stands between a token and the next may stand between the groups of a number. */
  isJoined(token: number): boolean {
    if (token < 0 || token + 1 >= this.count) return false;
    const from = this.end(token);
    const to = this.start(token + 1);
    if (to - from > maxGap) return false;
    const units = this.text.text;
    for (let index = from; index < to; index += 1) if (!isSeparator(units.charCodeAt(index))) return false;
    this.text.reads += to - from;
    return true;
  }

  /** The digits of a token that has nothing else, letters that look like digits included, or undefined. */
  digitsOf(token: number): string | undefined {
    const from = this.start(token);
    const to = this.end(token);
    if (this.digitCount(token) === to - from) return this.text.slice(from, to);
    if (to - from > maxGroupLength) return undefined;
    let digits = '';
    for (let index = from; index < to; index += 1) {
      const code = this.text.at(index);
      const digit = isDigit(code) ? code - 48 : confusableDigit(code);
      if (digit === undefined || (!isDigit(code) && this.text.isMarked(index))) return undefined;
      digits += String(digit);
    }
    return digits;
  }
}

/** Between the groups of a number: ` - `, `) - `. */
export const maxGap = 4;
const maxGroupLength = 20;
