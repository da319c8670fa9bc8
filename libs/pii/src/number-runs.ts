import { isAlphanumeric, isDigit, isLetter } from './characters.ts';
import type { Tokens } from './tokens.ts';

/** Digits without anything between them. */
export interface Group {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** Whether none of them is a digit but only looks like one. */
  readonly isLetters: boolean;
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
  readonly groups: readonly Group[];
  /** Whether a plus stands before it. */
  readonly hasPlus: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

const maxDigits = 19;
const hexOnly = /^[a-fA-F]*$/;

function groupOf(tokens: Tokens, token: number): Group | undefined {
  const start = tokens.start(token);
  const end = tokens.end(token);
  const digits = tokens.digitsOf(token);
  if (digits !== undefined) return { start, end, digits, isLetters: tokens.digitCount(token) === 0 };
  return attachedGroup(tokens, token);
}

/** The digits of `sdt0912345678` or `0912345678nha`: one stretch of at least nine, and letters that are not a hash's. */
function attachedGroup(tokens: Tokens, token: number): Group | undefined {
  const count = tokens.digitCount(token);
  if (count < 9 || tokens.length(token) > 40) return undefined;
  const word = tokens.word(token);
  const match = /^([A-Za-z]*)(\d+)([A-Za-z]*)$/.exec(word);
  if (!match) return undefined;
  const [, before = '', digits = '', after = ''] = match;
  if ((before !== '' && hexOnly.test(before)) || (after !== '' && hexOnly.test(after))) return undefined;
  const start = tokens.start(token) + before.length;
  return { start, end: start + digits.length, digits, isLetters: false };
}

/** The run that begins with a token, or undefined where it is no number. */
export function readRun(tokens: Tokens, first: number): NumberRun | undefined {
  const groups: Group[] = [];
  let token = first;
  for (; token < tokens.count; token += 1) {
    if (token > first && !tokens.isJoined(token - 1)) break;
    const group = groupOf(tokens, token);
    // A run begins with a digit, and letters before or behind digits are its ends.
    if (!group || (token === first && group.isLetters)) break;
    if (token > first && group.start > tokens.start(token)) break;
    groups.push(group);
    if (group.end < tokens.end(token)) {
      token += 1;
      break;
    }
  }
  return groups.length === 0 ? undefined : { groups, nextToken: token };
}

/** Every stretch of a run on its groups' bounds that has as many digits as a number has that could mean something. */
export function windowsOf(tokens: Tokens, { groups }: NumberRun, minDigits: number): NumberWindow[] {
  const windows: NumberWindow[] = [];
  groups.forEach((first, from) => {
    if (first.isLetters || isDecimal(tokens, first)) return;
    const hasPlus = from === 0 || !isDigit(tokens.text.at(first.start - 2)) ? isPlus(tokens, first) : false;
    let digits = '';
    for (let to = from; to < groups.length; to += 1) {
      const last = groups[to];
      if (!last || digits.length + last.digits.length > maxDigits) return;
      digits += last.digits;
      if (digits.length < minDigits || last.isLetters) continue;
      windows.push({
        start: first.start,
        end: last.end,
        digits,
        groups: groups.slice(from, to + 1),
        hasPlus,
        isFirst: from === 0,
        isLast: to === groups.length - 1,
      });
    }
  });
  return windows;
}

const isPlus = (tokens: Tokens, { start }: Group) => tokens.text.at(start - 1) === 43;

/** Whether a group is what stands behind the point of `0.0912345678`. */
function isDecimal({ text }: Tokens, { start }: Group): boolean {
  if (text.at(start - 1) !== 46 || text.at(start - 2) !== 48) return false;
  const before = text.at(start - 3);
  return !isAlphanumeric(before) && before !== 46 && !isLetter(before);
}
