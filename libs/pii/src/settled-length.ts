import type { Level } from '@weir/contracts/guardrails/entities';
import { isBreak, isSeparator } from './characters.ts';
import { collect } from './find-personal-data.ts';
import { openPrivateKey } from './find-secrets.ts';
import type { ScanOptions } from './finding.ts';
import { type NormalizedText, normalize } from './normalize.ts';
import { readRun } from './number-runs.ts';
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
const maxRunLength = 200;
const maxNumberLength = 100;

/**
 * How much of a text that may go on can be judged now: what `findPersonalData` finds in so many units stays the same, and no
 * finding stands across their end, however the text goes on.
 */
export function settledLength(text: string, options: ScanOptions): number {
  const normalized = normalize(text, options.isJson);
  const settled = settledIn(normalized, options.level);
  if (settled < normalized.length) return normalized.startOf(settled);
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length;
}

function settledIn(text: NormalizedText, level: Level): number {
  const tokens = new Tokens(text);
  const word = wordStart(text);
  let settled = Math.min(word, openPrivateKey(text) ?? text.length);
  if (text.length - word > maxWordLength) settled = Math.min(settled, text.length - maxOpenLength);
  const run = openRun(tokens);
  if (run !== undefined && text.length - run <= maxRunLength) settled = Math.min(settled, run);
  const isCut =
    text.length - settled > maxWordLength || (run !== undefined && text.length - run > maxRunLength);
  return isCut ? cut(tokens, level, settled, run) : settled;
}

/** Where the last word begins, in which there is nothing that ends an email, a number, or a key. */
function wordStart(text: NormalizedText): number {
  let start = text.length;
  while (start > 0 && !isBreak(text.at(start - 1))) start -= 1;
  return start;
}

/** Where the numbers begin that the end of a text may go on with, or undefined. */
function openRun(tokens: Tokens): number | undefined {
  let token = tokens.count - 1;
  // A word that is not over may become a digit in disguise, or a currency.
  if (tokens.end(token) === tokens.text.length && !readRun(tokens, token)) {
    if (!tokens.isJoined(token - 1)) return undefined;
    token -= 1;
  } else if (!isOpenGap(tokens.text, tokens.end(token))) return undefined;
  let start: number | undefined;
  for (; token >= 0; token -= 1) {
    const isGroup = tokens.digitsOf(token) !== undefined;
    if (!isGroup && !readRun(tokens, token)) break;
    start = tokens.start(token);
    if (!isGroup || !tokens.isJoined(token - 1)) break;
  }
  return start;
}

function isOpenGap(text: NormalizedText, from: number): boolean {
  if (text.length - from > maxGap) return false;
  for (let index = from; index < text.length; index += 1) if (!isSeparator(text.at(index))) return false;
  return true;
}

/** A place before `latest` that no candidate stands across, in a word or in numbers that are too long to be waited for. */
function cut(tokens: Tokens, level: Level, latest: number, run: number | undefined): number {
  const candidates = collect(tokens, level);
  const { text } = tokens;
  let place = Math.min(latest, run === undefined ? latest : text.length - maxNumberLength);
  for (;;) {
    const across = candidates.filter(({ start, end }) => start < place && end > place);
    const inside = tokens.starts.findLast((start, token) => start < place && tokens.end(token) > place);
    const isInRun =
      run !== undefined && place > run && inside !== undefined && text.length - inside < maxWordLength;
    const earliest = Math.min(...across.map(({ start }) => start), isInRun ? inside : place);
    if (earliest === place) return place;
    place = earliest;
  }
}
