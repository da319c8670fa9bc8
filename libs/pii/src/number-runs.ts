import { isAlphanumeric, isDigit, isLetter } from './characters.ts';
import { wordKinds } from './lexicon.ts';
import type { Tokens } from './tokens.ts';

/** Digits without anything between them. */
export interface Group {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** Whether none of them is a digit but only looks like one. */
  readonly isLetters: boolean;
  /** How it hangs together with the group before it in its run. */
  readonly bond: Bond;
}

/** Groups that may belong to one number or to several, with separators only between them. */
export interface NumberRun {
  readonly groups: readonly Group[];
  /** The token behind its last. */
  readonly nextToken: number;
}

/** Some groups of a run, taken as one number. */
export interface NumberWindow {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  readonly groupCount: number;
  /** Made when asked for: of a long run there are very many windows. */
  readonly groups: () => readonly Group[];
  /** Whether a plus stands before it. */
  readonly hasPlus: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** What stands before a group: spaces as well, or points and hyphens alone. */
type Bond = 'loose' | 'tight' | 'none';

const maxDigits = 19;
/** No number that is found by its form alone has less. */
const minDigitsInside = 9;

function groupOf(tokens: Tokens, token: number, bond: Bond): Group | undefined {
  const start = tokens.start(token);
  const end = tokens.end(token);
  const digits = tokens.digitsOf(token);
  if (digits !== undefined) return { start, end, digits, isLetters: tokens.digitCount(token) === 0, bond };
  return attachedGroup(tokens, token, bond);
}

/** The digits of `sdt0912345678`, `số0912 345 678` or `0912345678nha`: one stretch, and letters that are not a hash's. */
function attachedGroup(tokens: Tokens, token: number, bond: Bond): Group | undefined {
  if (tokens.digitCount(token) === 0 || tokens.length(token) > 40) return undefined;
  const word = tokens.word(token);
  const match = /^([A-Za-z]*)(\d+)([A-Za-z]*)$/.exec(word);
  if (!match) return undefined;
  const [, before = '', digits = '', after = ''] = match;
  const start = tokens.start(token) + before.length;
  // A whole number and a letter or two are no part of a hash.
  const isShort = digits.length >= 9 && before.length + after.length <= 2;
  const mayBeHash = !isShort && !tokens.mayBe(token, wordKinds.context);
  if (
    mayBeHash &&
    (isHex(tokens, before, tokens.start(token)) || isHex(tokens, after, start + digits.length))
  )
    return undefined;
  return { start, end: start + digits.length, digits, isLetters: false, bond };
}

/** Whether the letters at a place may be a hash's: `ạ` is none of them. */
function isHex({ text }: Tokens, letters: string, start: number): boolean {
  if (!/^[a-fA-F]+$/.test(letters)) return false;
  for (let index = start; index < start + letters.length; index += 1) if (text.isMarked(index)) return false;
  return true;
}

/** The run that begins with a token, or undefined where it is no number. */
export function readRun(tokens: Tokens, first: number): NumberRun | undefined {
  const groups: Group[] = [];
  let token = first;
  for (; token < tokens.count; token += 1) {
    if (token > first && !tokens.isJoined(token - 1)) break;
    const group = groupOf(tokens, token, token > first ? bondBefore(tokens, token) : 'none');
    // Letters before or behind digits are a run's ends.
    if (!group) break;
    if (token > first && group.start > tokens.start(token)) break;
    groups.push(group);
    if (group.end < tokens.end(token)) {
      token += 1;
      break;
    }
  }
  return groups.some(({ isLetters }) => !isLetters) ? { groups, nextToken: token } : undefined;
}

/** Between a token and the one before it, which are joined. */
function bondBefore(tokens: Tokens, token: number): Bond {
  const end = tokens.start(token);
  for (let index = tokens.end(token - 1); index < end; index += 1)
    if (tokens.text.at(index) === 32) return 'loose';
  return 'tight';
}

/**
 * Visits every stretch of a run on its groups' bounds that has as many digits as a number has that could mean something: what does
 * not begin the run has `minDigits` or is one group.
 */
export function forEachWindow(
  tokens: Tokens,
  { groups }: NumberRun,
  minDigits: number,
  visit: (window: NumberWindow) => void,
): void {
  const firstDigits = groups.findIndex(({ isLetters }) => !isLetters);
  groups.forEach((first, from) => {
    if (isDecimal(tokens, first)) return;
    const isFirst = from <= firstDigits;
    const hasPlus = isPlus(tokens, first) && (from === 0 || !isDigit(tokens.text.at(first.start - 2)));
    let [digits, hasTight, hasLoose] = ['', false, false];
    for (let to = from; to < groups.length; to += 1) {
      const last = groups[to];
      if (!last || digits.length + last.digits.length > maxDigits) return;
      hasTight ||= to > from && last.bond === 'tight';
      hasLoose ||= to > from && last.bond === 'loose';
      if (to === from + 3 && last.bond === 'loose' && isDate(tokens, groups, from)) return;
      digits += last.digits;
      if (digits.length < (isFirst || to === from ? minDigits : minDigitsInside)) continue;
      if (isWord(last) || (first.isLetters && to === from)) continue;
      // `12.03.2024 - 14.03.2024` has no number in its middle.
      const isCut = (from > 0 && first.bond === 'tight') || groups[to + 1]?.bond === 'tight';
      if ((isCut && hasTight && hasLoose) || isFraction(tokens, groups, from, to)) continue;
      if (isTime(tokens, last) || isCount(groups, from, to)) continue;
      visit({
        start: first.start,
        end: last.end,
        digits,
        groupCount: to + 1 - from,
        groups: () => groups.slice(from, to + 1),
        hasPlus,
        isFirst,
        isLast: to === groups.length - 1,
      });
    }
  });
}

/** Whether the group at `from` and the two behind it are a day: `03-09-2024`. */
function isDate({ text }: Tokens, groups: readonly Group[], from: number): boolean {
  const [day, month, year] = groups.slice(from, from + 3);
  if (!day || !month || !year || !/^(?:19|20)\d\d$/.test(year.digits)) return false;
  const separator = text.slice(day.end, month.start);
  if (!/^[.-]$/.test(separator) || text.slice(month.end, year.start) !== separator) return false;
  return Number(day.digits) <= 31 && Number(month.digits) <= 12;
}

/** Whether two groups are `0.2128279710`. */
function isFraction({ text }: Tokens, groups: readonly Group[], from: number, to: number): boolean {
  const [whole, decimals] = [groups[from], groups[to]];
  return to === from + 1 && whole?.digits === '0' && text.slice(whole.end, decimals?.start ?? 0) === '.';
}

/** Whether letters that look like digits are a word behind a number: `0912345678 lo`. */
const isWord = ({ isLetters, digits, bond }: Group) => isLetters && bond !== 'tight' && digits.length < 3;

/** Whether groups count: `001 002 003 004`. */
function isCount(groups: readonly Group[], from: number, to: number): boolean {
  if (to - from < 2) return false;
  for (let place = from + 1; place <= to; place += 1) {
    if (Number(groups[place]?.digits) !== Number(groups[place - 1]?.digits) + 1) return false;
  }
  return true;
}

/** Whether a group is the hours of `10:30`. */
const isTime = ({ text }: Tokens, { end, digits }: Group) =>
  digits.length <= 2 && text.at(end) === 58 && isDigit(text.at(end + 1));

const isPlus = (tokens: Tokens, { start }: Group) => tokens.text.at(start - 1) === 43;

/** Whether a group is what stands behind the point of `0.0912345678`. */
function isDecimal({ text }: Tokens, { start }: Group): boolean {
  if (text.at(start - 1) !== 46 || text.at(start - 2) !== 48) return false;
  const before = text.at(start - 3);
  return !isAlphanumeric(before) && before !== 46 && !isLetter(before);
}
