import type { JsonLimits } from '@weir/contracts/limits';
import { parseExactJson } from './exact-json.ts';

/** A text that holds more than whoever reads it may spend on it. The message is the rest of a sentence: `it has ...`. */
export class JsonLimitError extends Error {}

/** What a character means outside of a string. */
const [opens, closes, commas, colons, quotes, digits] = [1, 2, 3, 4, 5, 6] as const;
const meanings = new Uint8Array(128);
for (const [characters, meaning] of [
  ['[{', opens],
  [']}', closes],
  [',', commas],
  [':', colons],
  ['"', quotes],
  ['0123456789', digits],
] as const) {
  for (const character of characters) meanings[character.charCodeAt(0)] = meaning;
}

const quote = 0x22;
const backslash = 0x5c;

/** An integer that a number may not hold has at least as many digits: to keep them costs more than a number. */
const longNumberDigits = 16;

/**
 * Measures JSON in one pass, without building any of it: what to parse and to judge it will cost. A few megabytes of brackets
 * would else become gigabytes of objects, and seconds in which nothing else is done. A text may come in pieces, and several
 * texts may be measured one after the other against the same limits. Of a text that is no JSON the figures mean nothing.
 */
export class JsonMeter {
  readonly #limits: JsonLimits;
  /** How many keys the objects have that are open, by their depth. */
  readonly #keys: Uint32Array;
  #values = 0;
  #longNumbers = 0;
  #depth = 0;
  #digits = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
    this.#keys = new Uint32Array(limits.maxDepth + 1);
  }

  /** Every bracket, key and value up to now. */
  get values(): number {
    return this.#values;
  }

  /** Throws a {@link JsonLimitError} once a limit is passed. */
  measure(text: string, from = 0, to = text.length): void {
    let at = this.#isInString ? this.#skipString(text, from, to) : from;
    while (at < to) {
      const code = text.charCodeAt(at++);
      const meaning = code < 128 ? meanings[code] : 0;
      if (meaning === digits) this.#digit();
      else {
        this.#digits = 0;
        if (meaning === quotes) at = this.#skipString(text, at, to);
        else if (meaning !== 0) this.#count(meaning);
      }
    }
  }

  /** The text is over: the next is another one. */
  endText(): void {
    this.#depth = this.#digits = 0;
    this.#isInString = this.#isEscaped = false;
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

  #digit(): void {
    const { maxDigits, maxLongNumbers } = this.#limits;
    if (++this.#digits > maxDigits)
      throw new JsonLimitError(`a number in it has more than ${maxDigits} digits`);
    if (this.#digits === longNumberDigits && ++this.#longNumbers > maxLongNumbers)
      throw new JsonLimitError(
        `it has more than ${maxLongNumbers} numbers of ${longNumberDigits} digits or more`,
      );
  }

  /** The place after the quote that ends the string in which `from` is, or `to` where it goes on. */
  #skipString(text: string, from: number, to: number): number {
    // Most strings have no escape, and are passed over natively.
    const end = this.#isEscaped ? -1 : text.indexOf('"', from);
    if (end !== -1 && end < to && text.charCodeAt(end - 1) !== backslash) {
      this.#isInString = false;
      return end + 1;
    }
    let at = this.#isEscaped ? from + 1 : from;
    while (at < to) {
      const code = text.charCodeAt(at++);
      if (code === backslash) at++;
      else if (code === quote) {
        this.#isInString = this.#isEscaped = false;
        return at;
      }
    }
    this.#isInString = true;
    this.#isEscaped = at > to;
    return to;
  }
}

/**
 * Parses JSON that comes from outside, and keeps the digits of its integers (see `parseExactJson`). Throws a
 * {@link JsonLimitError} before it builds anything where it is over the limits, and as `JSON.parse` does where it is no JSON.
 */
export function parseBoundedJson(text: string, limits: JsonLimits): unknown {
  checkJsonLimits(text, limits);
  return parseExactJson(text);
}

/** The same, or undefined where the text is over the limits or no JSON. */
export function tryParseBoundedJson(text: string, limits: JsonLimits): unknown {
  try {
    return parseBoundedJson(text, limits);
  } catch {
    return undefined;
  }
}

/** Throws a {@link JsonLimitError} where the text is over the limits. */
export function checkJsonLimits(text: string, limits: JsonLimits): void {
  // So short that it can hold no more than each of the limits allows.
  if (text.length < limits.maxDepth) return;
  new JsonMeter(limits).measure(text);
}
