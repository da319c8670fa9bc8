import type { Level } from '@weir/contracts/guardrails/entities';
import { isBreak, isSeparator } from './characters.ts';
import { openAddress } from './find-addresses.ts';
import { isCodeStart } from './find-codes.ts';
import { isOpenIban, maxIbanLength } from './ibans.ts';
import { openDate } from './find-dates.ts';
import { openName } from './find-names.ts';
import { collect, findIn } from './find-personal-data.ts';
import { openPrivateKey } from './find-secrets.ts';
import type { PiiFinding, ScanOptions } from './finding.ts';
import { type NormalizedText, normalize } from './normalize.ts';
import { maxGap, Tokens } from './tokens.ts';

/**
 * How many units before a span are read, at most. Who keeps as many of what has gone out finds in what follows what the whole
 * text would have.
 */
export const contextLength = 128;

/** A word longer than this is no key: what is older in it goes out. */
const maxWordLength = 2_048;
/** The longest email's local part, and the longest number with the widest gaps between its digits. */
const maxOpenLength = 320;
const maxRunLength = 400;

/** The first half of a character at a text's end, escaped or not, and what of the other half's escape has come. */
const openSurrogate =
  /(?:[\ud800-\udbff]|\\{1,8}u[dD][89abAB][0-9a-fA-F]{2}(?:\\{1,8}(?:u[0-9a-fA-F]{0,3})?)?)$/;
const maxOpenSurrogate = 26;

/**
 * How much of a text that may go on can be judged now: what `findPersonalData` finds in so many units stays the same, and no
 * finding stands across their end, however the text goes on.
 */
export function settledLength(text: string, options: ScanOptions): number {
  return new Scan(text, options).settledLength;
}

/** A text that comes in pieces, read once for both what is settled of it and what is found there. */
export class Scan {
  /** Where a character begins that has come by half, or where the text ends. */
  readonly #end: number;
  readonly #tokens: Tokens;
  readonly #level: Level;

  constructor(text: string, { level, isJson }: ScanOptions) {
    this.#end = text.length - (openSurrogate.exec(text.slice(-maxOpenSurrogate))?.[0].length ?? 0);
    this.#tokens = new Tokens(normalize(text.slice(0, this.#end), isJson));
    this.#level = level;
  }

  /** As `settledLength` has it. */
  get settledLength(): number {
    const { text } = this.#tokens;
    const settled = settledIn(this.#tokens, this.#level);
    return settled < text.length ? text.startOf(settled) : this.#end;
  }

  /** What `findPersonalData` finds that begins at `from` or later. What stands before it is only read. */
  findings(from = 0): PiiFinding[] {
    const { text } = this.#tokens;
    const start = from === 0 ? 0 : openPlace(this.#tokens, text.indexOf(from));
    const found = findIn(this.#tokens, this.#level, start);
    return from === 0 ? found : found.filter((finding) => finding.start >= from);
  }
}

function settledIn(tokens: Tokens, level: Level): number {
  const { text } = tokens;
  const word = wordStart(text, text.length);
  if (text.length - word > maxWordLength) return cut(tokens, level);
  const settled = openPlace(tokens, text.length, word - maxRunLength);
  return settled < word - maxRunLength ? cut(tokens, level) : settled;
}

/** The last place up to `place` that nothing stands across, whatever stands behind `place`; looked for down to `least`. */
function openPlace(tokens: Tokens, place: number, least = 0): number {
  let settled = wordStart(tokens.text, place);
  const limit = tokens.before(settled) + 1;
  while (settled >= least) {
    const earlier = openStart(tokens, settled, limit);
    if (earlier >= settled) break;
    settled = wordStart(tokens.text, earlier);
  }
  return settled;
}

/** Where the word begins, or ends, at a place: there is nothing in it that ends an email, a part of a number, or a key. */
function wordStart(text: NormalizedText, place: number): number {
  let start = place;
  while (start > 0 && !isBreak(text.at(start - 1))) start -= 1;
  return start;
}

/** Where that begins which may go on with the word that begins at `word`; the word's start where there is nothing of the kind. */
function openStart(tokens: Tokens, word: number, limit: number): number {
  const { text } = tokens;
  const last = tokens.before(word);
  let earliest = Math.min(
    openPrivateKey(text, tokens.privateKeys, word),
    openDate(tokens, last, word),
    openAddress(tokens, limit, word),
  );
  if (last < 0) return earliest;
  if (word - tokens.end(last) <= maxGap) {
    earliest = Math.min(earliest, openName(tokens, last) ?? word, openIban(tokens, last, word));
  }
  return isGap(text, tokens.end(last), word) ? Math.min(earliest, openRun(tokens, last, word)) : earliest;
}

/** Where the numbers begin whose last group or currency the word may be. */
function openRun(tokens: Tokens, last: number, word: number): number {
  let start = word;
  for (let token = last; token >= 0; token -= 1) {
    const isPart =
      tokens.digitCount(token) > 0 || tokens.digitsOf(token) !== undefined || isCodeStart(tokens, token);
    if (!isPart) break;
    start = tokens.start(token);
    if (!tokens.isJoined(token - 1)) break;
  }
  return start;
}

function openIban(tokens: Tokens, last: number, word: number): number {
  for (let token = last; token >= 0 && word - tokens.start(token) <= maxIbanLength; token -= 1) {
    if (isOpenIban(tokens, token, last)) return tokens.start(token);
  }
  return word;
}

function isGap(text: NormalizedText, from: number, to: number): boolean {
  if (to - from > maxGap) return false;
  for (let index = from; index < to; index += 1) if (!isSeparator(text.at(index))) return false;
  return true;
}

/**
 * A place that no candidate stands across, where a word or numbers are too long to be waited for. What is further from the end
 * than the longest email or number becomes no part of another.
 */
function cut(tokens: Tokens, level: Level): number {
  const { text } = tokens;
  const token = tokens.starts.findLastIndex((start) => start <= text.length - maxOpenLength);
  let place =
    tokens.end(token) > text.length - maxOpenLength ? text.length - maxOpenLength : tokens.start(token);
  const candidates = collect(tokens, level).sort((a, b) => b.end - a.end);
  for (const { start, end } of candidates) if (start < place && end > place) place = start;
  return place;
}
