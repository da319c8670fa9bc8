import { randomUUID } from 'node:crypto';
import { isDigit, isEscaped } from './json-characters.ts';

declare global {
  /** What Node has and TypeScript's library does not know yet. */
  interface JSON {
    isRawJSON(value: unknown): boolean;
  }
}

/** Not declared for all: `@qdrant/openapi-typescript-fetch` does, as one that may be missing, and there can be one declaration. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** An integer that a number cannot hold has no fewer digits. */
export const minLongDigits = 16;

/**
 * Parses JSON so that integers too large for a number, as ids often are, keep each digit when the value is written as
 * JSON again. They are raw JSON in it, and no numbers. It has no limits: what comes from outside was measured before, or is
 * `parseBoundedJson`'s to parse. Throws as `JSON.parse` does.
 */
export function parseExactJson(text: string): unknown {
  return parseWithLongNumbers(text, longNumbersOf(text));
}

/** The same, or undefined where the text is no JSON. */
export function tryParseExactJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

/**
 * The same, where it is known already which numbers are long: `places` has the place of one digit of each, in their order.
 * The native parser does the work. It gets these numbers as texts with a mark that nobody can guess, and afterwards they are looked for: a
 * function that the parser calls for each value takes several times as long.
 */
export function parseWithLongNumbers(text: string, places: readonly number[]): unknown {
  const mark = places.length > 0 ? randomUUID() : '';
  const marked = places.length > 0 ? markInexact(text, places, mark) : text;
  if (marked === text) return JSON.parse(text);
  try {
    return restoreMarked(JSON.parse(marked), mark);
  } catch {
    // It is no JSON, and without the marks it is told where.
    return JSON.parse(text);
  }
}

/** Whether a parsed value is an object: no list, and no integer that is kept as raw JSON. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** Whether a text, which is JSON, has integers that `JSON.parse` would not keep. */
export function hasInexactNumber(text: string): boolean {
  return !inexactNumbers(text, longNumbersOf(text)).next().done;
}

function markInexact(text: string, places: readonly number[], mark: string): string {
  let marked = '';
  let copied = 0;
  for (const { start, end } of inexactNumbers(text, places)) {
    marked += `${text.slice(copied, start)}"${mark}${text.slice(start, end)}"`;
    copied = end;
  }
  return copied === 0 ? text : marked + text.slice(copied);
}

/** All that a number of JSON is made of. */
const numberCharacters = new Uint8Array(128);
for (const character of '-+.eE0123456789') numberCharacters[character.charCodeAt(0)] = 1;
const isOfNumber = (text: string, at: number) => numberCharacters[text.charCodeAt(at)] === 1;

/** What is no number stays as it is, so that it is no JSON with marks either. */
const longNumber = /^-?[1-9]\d*(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** A number of more characters is what the parser makes of it: what comes from outside has no more than 400 digits in a row. */
const maxNumberLength = 1_024;

/**
 * The integers at these places, which are in their order, that would lose digits. No character is looked at for a second place, and few for
 * each: what looks like a number may have megabytes, and a thousand places.
 */
function* inexactNumbers(text: string, places: readonly number[]): Generator<{ start: number; end: number }> {
  let seen = 0;
  for (const place of places) {
    if (place < seen) continue;
    const [earliest, latest] = [Math.max(seen, place - maxNumberLength), place + maxNumberLength];
    let [start, end] = [place, place + 1];
    while (start > earliest && isOfNumber(text, start - 1)) start--;
    while (end < latest && isOfNumber(text, end)) end++;
    seen = end;
    const isWhole = !isOfNumber(text, start - 1) && !isOfNumber(text, end);
    if (isWhole && isInexact(text, start, end)) yield { start, end };
  }
}

function isInexact(text: string, start: number, end: number): boolean {
  const token = text.slice(start, end);
  if (Number.isSafeInteger(Number(token)) || !Number.isInteger(Number(token))) return false;
  // A key may be a text, and no number.
  return longNumber.test(token) && !text.slice(end).trimStart().startsWith(':');
}

/** Puts raw JSON into the place of each text that has the mark. */
function restoreMarked(parsed: unknown, mark: string): unknown {
  const whole = [parsed];
  const left: object[] = [whole];
  for (let container = left.pop(); container; container = left.pop()) {
    const visit = (value: unknown, key: string | number) => {
      if (typeof value === 'object' && value !== null) left.push(value);
      else if (typeof value === 'string' && value.startsWith(mark)) {
        // An assignment would not set a key `__proto__`.
        const raw = { value: rawJSON(value.slice(mark.length)), enumerable: true };
        Object.defineProperty(container, key, { ...raw, configurable: true, writable: true });
      }
    };
    if (Array.isArray(container)) container.forEach(visit);
    else for (const key in container) visit((container as Record<string, unknown>)[key], key);
  }
  return whole[0];
}

/**
 * The place of one digit of each long number. Looks at each sixteenth character only: where as many digits stand in a row, one
 * of them is among these.
 */
function longNumbersOf(text: string): number[] {
  const places: number[] = [];
  // Strings are looked for once, as far as they are behind what is looked at.
  let [stringsEnd, quote] = [0, placeOfQuote(text, 0)];
  for (let at = minLongDigits - 1; at < text.length; at += minLongDigits) {
    if (!isDigit(text.charCodeAt(at))) continue;
    const place = at;
    let start = at;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    // What comes next is no digit: none is looked at twice.
    while (isDigit(text.charCodeAt(at))) at++;
    if (at - start < minLongDigits || text[start - 1] === '.') continue;
    for (; quote < start; quote = placeOfQuote(text, stringsEnd)) stringsEnd = endOfJsonString(text, quote);
    if (stringsEnd <= start) places.push(place);
    else at = stringsEnd;
  }
  return places;
}

function placeOfQuote(text: string, from: number): number {
  const place = text.indexOf('"', from);
  return place === -1 ? Infinity : place;
}

/** The place after the quote that ends the string which begins at `start`: the first that no odd number of backslashes stands before. */
export function endOfJsonString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    if (!isEscaped(json, start + 1, at)) return at + 1;
  }
  return json.length;
}
