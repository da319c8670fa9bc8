import type { Level } from '@weir/contracts/guardrails/entities';
import type { Candidate } from './candidate.ts';
import { contextBefore } from './context.ts';
import { wordKinds } from './lexicon.ts';
import type { NormalizedText } from './normalize.ts';
import type { Tokens } from './tokens.ts';

const month =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const day = '\\d{1,2}(?:st|nd|rd|th)?';
const year = '(?:19|20)\\d{2}';
const end = '(?![A-SU-Za-z0-9_]|[./-]\\d{1,4}(?!\\d))';
const numeric = new RegExp(
  `(?<![\\w./-])(?:(\\d{1,2})([./-])(\\d{1,2})\\2(?:${year}|\\d{2})|${year}([./-])(\\d{1,2})\\4(\\d{1,2}))${end}`,
  'y',
);
const inWords = new RegExp(
  `(?<!\\w)(?:\\d{1,2}\\s{1,2}thang\\s{1,2}\\d{1,2}(?:\\s{0,2},)?\\s{1,2}(?:nam\\s{1,2})?${year}|` +
    `${month}\\s{1,2}${day},?\\s{1,2}${year}|${day}\\s{1,2}(?:of\\s)?${month},?\\s{1,2}${year})(?!\\w)`,
  'iy',
);
const yearOnly = new RegExp(`(?<![\\w./-])${year}(?![\\w]|[./-]\\d)`, 'y');

/** What a date in words may have come to before its last word. */
const open = new RegExp(
  `(?<!\\w)(?:\\d{1,2}\\s{1,2}thang\\s{1,2}(?:\\d{1,2}(?:\\s{0,2},)?\\s{1,2}(?:nam\\s{1,2})?)?|` +
    `${month}\\s{1,2}(?:${day},?\\s{1,2})?|${day}\\s{1,2}(?:of\\s)?(?:${month},?\\s{1,2})?)$`,
  'i',
);
const maxOpenLength = 32;

function match(pattern: RegExp, text: NormalizedText, start: number): RegExpExecArray | null {
  pattern.lastIndex = start;
  return pattern.exec(text.text);
}

function isCalendarDate([, first, , second, , monthLast, dayLast]: RegExpExecArray): boolean {
  const days = Number(first ?? dayLast);
  const months = Number(second ?? monthLast);
  // Where a month is written before the day, the second is the day.
  return days >= 1 && months >= 1 && Math.min(days, months) <= 12 && Math.max(days, months) <= 31;
}

const isDateSeparator = (code: number) => code === 45 || code === 46 || code === 47;
/** Whether it is no space, which stands behind the digits of a date in words. */
const isVisible = (code: number) => code > 32 && code < 127;

/** The date that begins with a token, as far as it is one of birth: by the words before it, or at the level `strict`. */
export function findDate(tokens: Tokens, token: number, level: Level, found: Candidate[]): void {
  const { text } = tokens;
  const start = tokens.start(token);
  const hasDigits = tokens.digitCount(token) > 0;
  if (hasDigits ? tokens.length(token) > 4 : !tokens.mayBe(token, wordKinds.month)) return;
  const next = text.at(tokens.end(token));
  const figures = hasDigits && isDateSeparator(next) ? match(numeric, text, start) : null;
  const isFigures = figures !== null && isCalendarDate(figures);
  const value = isFigures
    ? figures[0]
    : ((hasDigits && isVisible(next) ? undefined : match(inWords, text, start)?.[0]) ??
      (hasDigits && tokens.length(token) === 4 ? match(yearOnly, text, start)?.[0] : undefined));
  if (value === undefined) return;
  const distance = contextBefore(tokens, start).get('birth')?.distance ?? Infinity;
  const isYear = value.length === 4;
  const isShort = isFigures && value.length < 8;
  const isNamed = distance <= (isYear ? 6 : 32);
  if (!isNamed && (level !== 'strict' || isYear || isShort)) return;
  const rule = `date_of_birth.${isYear ? 'year' : isFigures ? 'figures' : 'words'}`;
  found.push({
    entity: 'date_of_birth',
    tier: 2,
    start,
    end: start + value.length,
    score: isNamed ? 0.86 : 0.4,
    rule,
  });
}

/** Where a date in words begins that the word at `word` may go on with; the word's start where there is none. */
export function openDate(tokens: Tokens, last: number, word: number): number {
  const { text } = tokens;
  const mayBeOpen = tokens.digitCount(last) > 0 || tokens.mayBe(last, wordKinds.datePart);
  if (!mayBeOpen || !/\s/.test(text.text.charAt(word - 1))) return word;
  const from = Math.max(0, word - maxOpenLength);
  const found = open.exec(text.slice(from, word));
  return found ? from + found.index : word;
}
