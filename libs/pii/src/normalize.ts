import { foldOf, isMark, quick, quickMarked } from './character-folds.ts';

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
/** Of a JSON text that stands in another one the backslashes are escaped themselves. */
const escapedUnit = /\\{1,8}u([0-9a-fA-F]{4})/y;

interface Character {
  readonly codePoint: number;
  /** In units of the given text. */
  readonly length: number;
}

/** The character that begins at `index`; `\u0040` is one in any text, other escapes are where the text is JSON. */
function readCharacter(raw: string, index: number, isJson: boolean): Character {
  const codePoint = raw.codePointAt(index) ?? 0;
  if (codePoint !== 0x5c) return { codePoint, length: codePoint > 0xffff ? 2 : 1 };
  const first = unitAt(raw, index);
  if (first === undefined) {
    const next = raw[index + 1];
    if (!isJson || next === undefined || next === 'u') return { codePoint, length: 1 };
    return { codePoint: (escapes[next] ?? next).charCodeAt(0), length: 2 };
  }
  const isHigh = first.codePoint >= 0xd800 && first.codePoint < 0xdc00;
  const second = isHigh ? unitAt(raw, index + first.length) : undefined;
  if (second === undefined || second.codePoint < 0xdc00 || second.codePoint > 0xdfff) return first;
  return {
    codePoint: (first.codePoint - 0xd800) * 0x400 + (second.codePoint - 0xdc00) + 0x10000,
    length: first.length + second.length,
  };
}

function unitAt(raw: string, index: number): Character | undefined {
  escapedUnit.lastIndex = index;
  const [escape = '', hex = ''] = escapedUnit.exec(raw) ?? [];
  return escape === '' ? undefined : { codePoint: parseInt(hex, 16), length: escape.length };
}

/** Where each unit begins and ends in the given text; without them each is where it was. */
interface Offsets {
  readonly starts?: readonly number[];
  readonly ends?: readonly number[];
  readonly marked: ArrayLike<number>;
}

/**
 * A text as detectors read it: without format characters and marks, compatibility forms and digits of all scripts folded to
 * ASCII, case kept. Each of its units knows which stretch of the given text it stands for.
 */
export class NormalizedText {
  /** How many units were read, which is what a scan costs. */
  reads = 0;
  readonly text: string;
  readonly length: number;
  /** Undefined where the text is as it was given. */
  readonly #offsets: Offsets | undefined;
  #lower: string | undefined;

  constructor(text: string, offsets?: Offsets) {
    this.text = text;
    this.length = text.length;
    this.#offsets = offsets;
  }

  /** NaN outside of the text. */
  at(index: number): number {
    this.reads += 1;
    return this.text.charCodeAt(index);
  }

  slice(start: number, end: number): string {
    this.reads += Math.max(0, Math.min(end, this.length) - Math.max(start, 0));
    return this.text.slice(Math.max(start, 0), end);
  }

  /** In lower case, unit by unit. */
  get lower(): string {
    this.#lower ??= this.text.toLowerCase();
    return this.#lower;
  }

  /** Where the unit begins in the given text. */
  startOf(index: number): number {
    return this.#offsets?.starts?.[index] ?? index;
  }

  /** Where the unit ends in the given text, with the marks on it. */
  endOf(index: number): number {
    return this.#offsets?.ends?.[index] ?? index + 1;
  }

  /** The first unit that does not begin before a place in the given text. */
  indexOf(place: number): number {
    let low = 0;
    let high = this.#offsets?.starts ? this.length : 0;
    if (high === 0) return place;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether the letter had marks, so that it is a letter and no digit in disguise. */
  isMarked(index: number): boolean {
    return this.#offsets?.marked[index] === 1;
  }
}

const ascii = /^[\0-\x7f]*$/;

export function normalize(raw: string, isJson = false): NormalizedText {
  const hasEscapes = raw.includes(isJson ? '\\' : '\\u');
  if (!hasEscapes && ascii.test(raw)) return new NormalizedText(raw);
  return (hasEscapes ? undefined : normalizeInPlace(raw)) ?? normalizeWithOffsets(raw, isJson);
}

/** A text each of whose units becomes one, as all precomposed letters do; undefined where one does not. */
function normalizeInPlace(raw: string): NormalizedText | undefined {
  const marked = new Uint8Array(raw.length);
  const ascii = Buffer.allocUnsafe(raw.length);
  if (foldInto(ascii, marked, raw, 0x7f)) return new NormalizedText(ascii.toString('latin1'), { marked });
  const units = new Uint16Array(raw.length);
  return foldInto(units, marked, raw, 0xffff) ? new NormalizedText(stringOf(units), { marked }) : undefined;
}

/** Whether each unit becomes one, none of them greater than `greatest`. */
function foldInto(
  units: Uint8Array | Uint16Array,
  marked: Uint8Array,
  raw: string,
  greatest: number,
): boolean {
  for (let index = 0; index < raw.length; index += 1) {
    const unit = raw.charCodeAt(index);
    if (unit < 0x80) {
      units[index] = unit;
      continue;
    }
    if (quick[unit] === 0) foldOf(unit);
    const folded = quick[unit] ?? 0;
    if (folded === 0 || folded > greatest) return false;
    units[index] = folded;
    marked[index] = quickMarked[unit] ?? 0;
  }
  return true;
}

function normalizeWithOffsets(raw: string, isJson: boolean): NormalizedText {
  const units: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const marked: number[] = [];
  for (let index = 0; index < raw.length;) {
    const unit = raw.charCodeAt(index);
    const isEscape = unit === 0x5c;
    const isPlain = unit < 0x80 && !isEscape;
    // A backslash that was escaped may have been folded before, and is in the table.
    const folded = isPlain ? unit : isEscape ? 0 : (quick[unit] ?? 0);
    if (isPlain || folded > 0) {
      units.push(folded);
      starts.push(index);
      ends.push((index += 1));
      marked.push(isPlain ? 0 : (quickMarked[unit] ?? 0));
      continue;
    }
    const { codePoint, length } = readCharacter(raw, index, isJson);
    const fold = foldOf(codePoint);
    if (fold === isMark && units.length > 0) {
      ends[ends.length - 1] = index + length;
      marked[marked.length - 1] = 1;
    }
    for (let place = 0; place < fold.text.length; place += 1) {
      units.push(fold.text.charCodeAt(place));
      starts.push(index);
      ends.push(index + length);
      marked.push(Number(fold.isMarked));
    }
    index += length;
  }
  return new NormalizedText(stringOf(Uint16Array.from(units)), { starts, ends, marked });
}

/** In parts, since a call takes only so many arguments. */
function stringOf(units: Uint16Array): string {
  let text = '';
  for (let start = 0; start < units.length; start += 8_192) {
    text += String.fromCharCode.apply(null, units.subarray(start, start + 8_192) as unknown as number[]);
  }
  return text;
}
