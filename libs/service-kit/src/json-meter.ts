import type { JsonLimits } from '@weir/contracts/limits';
import { minLongDigits } from './exact-json.ts';
import {
  backslash,
  closes,
  colons,
  digits,
  isDigit,
  isEscaped,
  meanings,
  opens,
  points,
  quote,
  quotes,
} from './json-characters.ts';
import { NameCount } from './name-count.ts';

/** A text that holds more than whoever reads it may spend on it. The message is the rest of a sentence: `it has ...`. */
export class JsonLimitError extends Error {}

const none: readonly number[] = [];

/** To count fewer names takes longer than to parse them. */
const fewKeys = 1_000;

/**
 * Measures JSON in one pass, without building any of it: what to parse and to judge it will cost. A few megabytes of brackets
 * would else become gigabytes of objects, and seconds in which nothing else is done. A text may come in pieces, and several
 * texts may be measured one after the other against the same limits. Of a text that is no JSON the figures mean nothing.
 */
export class JsonMeter {
  readonly #limits: JsonLimits;
  /** How many keys the objects have that are open, by their depth. */
  readonly #keys: number[] = [];
  #values = 0;
  #longNumbers = 0;
  #depth = 0;
  #digits = 0;
  #isFraction = false;
  #isInString = false;
  #isEscaped = false;
  #closeQuotes = 0;
  #longNumberPlaces: number[] | undefined;
  /** Where the last string stands in what is measured now; -1 for one that began before. */
  #stringStart = -1;
  #stringEnd = 0;
  #allKeys = 0;
  #names: NameCount | undefined;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** Every bracket, key and value up to now. */
  get values(): number {
    return this.#values;
  }

  /** The place of one digit of each long number of this text (see `parseWithLongNumbers`). */
  get longNumberPlaces(): readonly number[] {
    return this.#longNumberPlaces ?? none;
  }

  /** Throws a {@link JsonLimitError} once a limit is passed. */
  measure(text: string, from = 0, to = text.length): void {
    if (from >= to) return;
    if (!isDigit(text.charCodeAt(from))) this.#endNumber();
    this.#stringStart = -1;
    let at = this.#isInString ? this.#skipString(text, from, to) : from;
    while (at < to) {
      const code = text.charCodeAt(at++);
      const meaning = code < 128 ? meanings[code] : 0;
      if (meaning === 0) continue;
      if (meaning === quotes) {
        this.#stringStart = at;
        at = this.#skipString(text, at, to);
      } else if (meaning === digits) at = this.#skipDigits(text, at - 1, to);
      else if (meaning === points) this.#isFraction = true;
      else this.#count(meaning);
      if (meaning === colons && ++this.#allKeys > fewKeys) this.#countName(text);
    }
  }

  /** The text is over: the next is another one. */
  endText(): void {
    this.#endNumber();
    this.#depth = 0;
    this.#isInString = this.#isEscaped = false;
    this.#longNumberPlaces = undefined;
  }

  #count(meaning: number | undefined): void {
    if (meaning === closes) {
      if (this.#depth > 0) this.#depth--;
      return;
    }
    const { maxValues, maxDepth, maxKeys } = this.#limits;
    if (++this.#values > maxValues)
      throw new JsonLimitError(`it has more than ${maxValues} values, brackets and keys`);
    if (meaning === opens) {
      if (++this.#depth > maxDepth)
        throw new JsonLimitError(`it is nested more than ${maxDepth} levels deep`);
      this.#keys[this.#depth] = 0;
    } else if (meaning === colons) {
      const keys = (this.#keys[this.#depth] ?? 0) + 1;
      if (keys > maxKeys) throw new JsonLimitError(`an object in it has more than ${maxKeys} keys`);
      this.#keys[this.#depth] = keys;
    }
  }

  #countName(text: string): void {
    // A cut goes through it.
    if (this.#stringStart === -1) return;
    this.#names ??= new NameCount();
    this.#names.add(text, this.#stringStart, this.#stringEnd);
    const { maxNames } = this.#limits;
    if (this.#names.count > maxNames)
      throw new JsonLimitError(`its objects have more than ${maxNames} different keys`);
  }

  /** The place after the digits that begin at `from`, or `to` where they may go on. Those of a fraction are no integer's. */
  #skipDigits(text: string, from: number, to: number): number {
    let end = from + 1;
    while (end < to && isDigit(text.charCodeAt(end))) end++;
    if (!this.#isFraction) this.#countDigits(end - from, from);
    if (end < to) this.#endNumber();
    return end;
  }

  #countDigits(more: number, place: number): void {
    const { maxDigits, maxLongNumbers } = this.#limits;
    const isNoted = this.#digits >= minLongDigits;
    this.#digits += more;
    if (this.#digits > maxDigits)
      throw new JsonLimitError(`a number in it has more than ${maxDigits} digits`);
    if (isNoted || this.#digits < minLongDigits) return;
    (this.#longNumberPlaces ??= []).push(place);
    if (++this.#longNumbers > maxLongNumbers)
      throw new JsonLimitError(
        `it has more than ${maxLongNumbers} numbers of ${minLongDigits} digits or more`,
      );
  }

  #endNumber(): void {
    this.#digits = 0;
    this.#isFraction = false;
  }

  /** The place after the quote that ends the string in which `from` is, or `to` where it goes on. */
  #skipString(text: string, from: number, to: number): number {
    const start = this.#isEscaped ? from + 1 : from;
    let at = start;
    do {
      const end = text.indexOf('"', at);
      if (end === -1 || end >= to) break;
      if (!isEscaped(text, start, end)) return this.#endString(end);
      if (end - at < closeCharacters) this.#closeQuotes++;
      at = end + 1;
    } while (this.#closeQuotes < maxCloseQuotes);
    for (; at < to; at++) {
      const code = text.charCodeAt(at);
      if (code === backslash) at++;
      else if (code === quote) return this.#endString(at);
    }
    this.#isInString = true;
    this.#isEscaped = at > to;
    return to;
  }

  #endString(quoteAt: number): number {
    this.#isInString = this.#isEscaped = false;
    this.#stringEnd = quoteAt;
    return quoteAt + 1;
  }
}

/** To look for the next quote natively costs as much as to look at so many characters. */
const closeCharacters = 32;
/** After so many quotes that are escaped and closer than that, the characters are looked at one by one. */
const maxCloseQuotes = 1_000;
