import { bordersOf } from './text-search.ts';

const quote = '"'.charCodeAt(0);
const backslash = '\\'.charCodeAt(0);
const unicode = 'u'.charCodeAt(0);
const slash = '/'.charCodeAt(0);

/** Escapes of what a text may have to be written without: those of other characters need none. */
const mayHide = /\\u00|\\\//;

/** So much of a text is looked for natively, in characters: the time of that search may grow with the product of both lengths. */
const nativeLength = 16;

/** Finds a text in the strings of JSON, whichever of its characters are written as escapes, in one pass. */
export class JsonSearch {
  readonly #codes: Uint16Array;
  readonly #borders: Uint32Array;
  /** How it begins as it stands in JSON that has no escapes but those that it needs. */
  readonly #beginning: string;

  constructor(wanted: string) {
    this.#codes = Uint16Array.from(wanted, (_, index) => wanted.charCodeAt(index));
    this.#borders = bordersOf(wanted);
    this.#beginning = JSON.stringify(wanted.slice(0, nativeLength)).slice(1, -1);
  }

  /** The JSON with `other`, which is no part of JSON's form, in its place. */
  replaceIn(json: string, other: string): string {
    if (!json.includes(this.#beginning) && !mayHide.test(json)) return json;
    let replaced = '';
    let copied = 0;
    for (let end = this.#endOf(json, 0); end !== -1; end = this.#endOf(json, end)) {
      replaced += json.slice(copied, this.#startOf(json, copied, end)) + other;
      copied = end;
    }
    return copied === 0 ? json : replaced + json.slice(copied);
  }

  /** Where the text ends for the first time behind a place, or -1. */
  #endOf(json: string, from: number): number {
    const codes = this.#codes;
    const borders = this.#borders;
    const { length } = codes;
    const [first] = codes;
    let same = 0;
    for (let at = from; at < json.length; at++) {
      let code = json.charCodeAt(at);
      if (code === backslash) {
        code = escapedCode(json, at);
        at = nextOf(json, at) - 1;
      } else if (same === 0 && code !== first) continue;
      else if (code === quote) code = -1;
      while (same > 0 && codes[same] !== code) same = borders[same - 1] ?? 0;
      if (codes[same] === code) same++;
      if (same === length) return at + 1;
    }
    return -1;
  }

  /** Where the text begins that ends at a place, counted in characters from another one. */
  #startOf(json: string, from: number, end: number): number {
    let before = -this.#codes.length;
    for (let at = from; at < end; at = nextOf(json, at)) before++;
    let start = from;
    for (; before > 0; before--) start = nextOf(json, start);
    return start;
  }
}

function nextOf(json: string, at: number): number {
  if (json.charCodeAt(at) !== backslash) return at + 1;
  return at + (json.charCodeAt(at + 1) === unicode ? 6 : 2);
}

/** What an escape stands for; -1 where a key has no such character. */
function escapedCode(json: string, at: number): number {
  const code = json.charCodeAt(at + 1);
  if (code === unicode) return Number.parseInt(json.slice(at + 2, at + 6), 16);
  return code === quote || code === backslash || code === slash ? code : -1;
}
