import type { Entity, Level } from '@weir/contracts/guardrails/entities';
import { cardRule } from './bank-cards.ts';
import type { Candidate } from './candidate.ts';
import { isDigit } from './characters.ts';
import {
  type Context,
  contextBefore,
  type ContextKind,
  contextReach,
  isAmount,
  isDisclaimed,
} from './context.ts';
import {
  hasOldProvince,
  isDomesticIdentity,
  isForeignBorn,
  isSocialSecurityNumber,
  isTaxCode,
} from './identity-numbers.ts';
import { forEachWindow, type NumberRun, type NumberWindow, readRun } from './number-runs.ts';
import { isBareMobile, isNorthAmerican, phoneRule } from './phone-numbers.ts';
import type { Tokens } from './tokens.ts';

interface Reading {
  readonly entity: Entity;
  readonly rule: string;
  readonly score: number;
}

/** A reading that needs words of a kind before it; `alone` is its score without them, where the form says something. */
interface WeakReading extends Reading {
  readonly needs: ContextKind;
  readonly alone: number;
}

/** A hyphen before the last three digits: a tax code's branch. */
function hasBranch(tokens: Tokens, { groups, digits }: NumberWindow): boolean {
  if (digits.length !== 13) return false;
  const [previous, last] = groups().slice(-2);
  if (!last || !previous || last.digits.length !== 3 || last.digits === '000') return false;
  return tokens.text.slice(previous.end, last.start).includes('-');
}

/** Whether no other hyphen stands in it. */
const isBranchAlone = ({ text }: Tokens, { start, groups }: NumberWindow) =>
  !text.slice(start, groups().at(-2)?.end ?? start).includes('-');

/** Whether more stands behind another hyphen: `978-604-64-7791-2`. */
const isHyphenated = ({ text }: Tokens, { start, end }: NumberWindow) =>
  (text.at(start - 1) === 45 && isDigit(text.at(start - 2))) ||
  (text.at(end) === 45 && isDigit(text.at(end + 1)));

/** Whether a card's number is whole, or in the groups in which they are printed, or has one digit a group: not some of many figures. */
const isCardGrouping = ({ groups, isFirst, isLast }: NumberWindow) =>
  (isFirst && isLast) ||
  /^(?:1[4-9]|(?:4,){3}[1-4](?:,[1-4])?|4,6,[45]|1(?:,1)+)$/.test(
    groups()
      .map(({ digits }) => digits.length)
      .join(','),
  );

/** `(202) 555-0143`, `202-555-0143`, `202.555.0143`. */
const isWrittenAsPhone = (tokens: Tokens, window: NumberWindow) =>
  (tokens.text.at(window.start - 1) === 40 ||
    /^\d{3}([.-])\d{3}\1\d/.test(tokens.text.slice(window.start, window.end))) &&
  !isHyphenated(tokens, window);

/** What a number is by its form alone. */
function strongReading(tokens: Tokens, window: NumberWindow): Reading | undefined {
  const { digits, hasPlus } = window;
  const card = cardRule(digits);
  if (card && isCardGrouping(window)) return { entity: 'bank_card', rule: card, score: 0.95 };
  if (isDomesticIdentity(digits)) return { entity: 'cccd', rule: 'cccd.domestic', score: 0.9 };
  const phone = phoneRule(digits, hasPlus);
  // A number of another country may have any length, and would take in one that stands behind it; North America's have one.
  const isForeign = phone === 'phone.international' && !/^1\d{10}$/.test(digits);
  if (phone) return { entity: 'phone', rule: phone, score: isForeign ? 0.85 : hasPlus ? 0.95 : 0.9 };
  if (hasBranch(tokens, window) && isTaxCode(digits))
    return { entity: 'mst', rule: 'mst.branch', score: isBranchAlone(tokens, window) ? 0.95 : 0.85 };
  // Both are written in three groups.
  if (window.groupCount !== 3) return undefined;
  if (isSocialSecurityNumber(window.groups()) && !isHyphenated(tokens, window))
    return { entity: 'us_ssn', rule: 'us_ssn.grouped', score: 0.9 };
  if (isNorthAmerican(window.groups()) && isWrittenAsPhone(tokens, window)) {
    return { entity: 'phone', rule: 'phone.north_american', score: 0.9 };
  }
  return undefined;
}

const weak = (entity: Entity, rule: string, needs: ContextKind, score: number, alone = 0): WeakReading => ({
  entity,
  rule: `${entity}.${rule}`,
  needs,
  score,
  alone,
});

/** What a number may be. */
function weakReadings({ digits, groups, groupCount }: NumberWindow): WeakReading[] {
  const readings: WeakReading[] = [];
  const { length } = digits;
  if (length === 9) {
    const [score, alone] = hasOldProvince(digits) ? [0.85, 0.4] : [0.75, 0.3];
    readings.push(weak('cmnd', 'nine_digits', 'identity', score, alone));
    readings.push(weak('us_ssn', 'nine_digits', 'ssn', 0.85));
    if (isBareMobile(digits)) readings.push(weak('phone', 'without_zero', 'phone', 0.8));
  }
  if (length === 10) {
    if (isTaxCode(digits)) readings.push(weak('mst', 'check_digit', 'tax', 0.9, 0.45));
    readings.push(weak('mst', 'ten_digits', 'tax', 0.8));
    readings.push(weak('bhxh', 'ten_digits', 'insurance', 0.85, 0.3));
    if (groupCount === 3 && isNorthAmerican(groups()))
      readings.push(weak('phone', 'north_american', 'phone', 0.8));
  }
  if (length === 12) {
    readings.push(weak('driving_licence', 'twelve_digits', 'licence', 0.92, 0.3));
    readings.push(weak('cccd', 'twelve_digits', 'identity', 0.8, isForeignBorn(digits) ? 0.4 : 0.25));
  }
  if (length === 13 && isTaxCode(digits)) readings.push(weak('mst', 'check_digit', 'tax', 0.9));
  if (length <= 17) readings.push(weak('bank_account', 'digits', 'account', 0.7, length >= 8 ? 0.2 : 0));
  return readings;
}

/** Of fewer digits nothing is said. */
const minDigits = 6;
const serviceNumber = /^1[89]00\d{4,6}$/;

/** Finds everything that is digits. Pushes it, and returns the token behind the run that begins with `token`. */
export function findNumbers(tokens: Tokens, token: number, level: Level, found: Candidate[]): number {
  if (tokens.length(token) < minDigits && !tokens.isJoined(token)) return token + 1;
  const run = readRun(tokens, token);
  if (!run) return token + 1;
  let digits = 0;
  for (const group of run.groups) digits += group.digits.length;
  if (digits >= minDigits) readWindows(tokens, run, level, found);
  return run.nextToken;
}

function readWindows(tokens: Tokens, run: NumberRun, level: Level, found: Candidate[]): void {
  const { text } = tokens;
  const runStart = run.groups[0]?.start ?? 0;
  const context = contextBefore(tokens, runStart);
  const isDisclaimedRun = isDisclaimed(text, runStart, context);
  const isNameless = context.size === 0 && level !== 'strict';
  let named: Candidate | undefined;
  forEachWindow(tokens, run, minDigits, (window) => {
    const { digits, end, isFirst, isLast } = window;
    const strong = strongReading(tokens, window);
    // Words name the first number behind them; what needs them is no stretch from the middle of others.
    const mayBeWeak = !isNameless && (isFirst || window.groupCount === 1) && !serviceNumber.test(digits);
    if (!(strong || mayBeWeak) || (isFirst && isDisclaimedRun)) return;
    if (!digits.startsWith('0') && !window.hasPlus && isAmount(text, end)) return;
    const start = spanStart(tokens, window);
    if (strong) found.push({ ...strong, tier: 1, start, end });
    if (!mayBeWeak) return;
    const near = window.start === runStart ? context : inReach(context, text.startOf(start));
    const best = bestReading(weakReadings(window), near, level, isFirst && isLast);
    if (!best) return;
    const candidate: Candidate = { ...best, tier: 2, start, end };
    // Of what begins where the words end, the longest is meant.
    if (isFirst && best.isNamed) named = candidate;
    else found.push(candidate);
  });
  if (named) found.push(named);
}

/** The words that are near enough to a window, which may stand far behind the start of its run. */
function inReach(context: Context, rawStart: number): Context {
  const near = [...context].filter(([, mention]) => mention.rawStart >= rawStart - contextReach);
  return near.length === context.size ? context : new Map(near);
}

function bestReading(
  readings: readonly WeakReading[],
  context: Context,
  level: Level,
  isWholeRun: boolean,
): (Reading & { isNamed: boolean }) | undefined {
  const negative = context.get('negative')?.distance ?? Infinity;
  // Without words, what is all of the digits that stand together is likelier than a part of them.
  const bonus = isWholeRun ? 0.15 : 0;
  let best: (Reading & { isNamed: boolean }) | undefined;
  for (const { needs, alone, score: full, entity, rule } of readings) {
    const distance = context.get(needs)?.distance ?? Infinity;
    const isNamed = distance < negative;
    // Of several kinds of words the nearest counts.
    const score = isNamed ? full - distance / 256 : level === 'strict' && alone > 0 ? alone + bonus : 0;
    if (score > (best?.score ?? 0)) best = { entity, rule, score, isNamed };
  }
  return best;
}

/** With the plus and the opening bracket that belong to a number. */
function spanStart({ text }: Tokens, { start, end, hasPlus }: NumberWindow): number {
  const from = hasPlus ? start - 1 : start;
  return text.at(from - 1) === 40 && text.slice(from, end).includes(')') ? from - 1 : from;
}
