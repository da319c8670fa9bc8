import type { Level } from '@weir/contracts/guardrails/entities';
import { type Candidate, strong } from './candidate.ts';
import { isLetter } from './characters.ts';
import { contextBefore, type ContextKind } from './context.ts';
import { ibanAt } from './ibans.ts';
import { ipv4At, ipv6At } from './ip-addresses.ts';
import type { NormalizedText } from './normalize.ts';
import type { Tokens } from './tokens.ts';

/** Groups of insured people, with which a health insurance card's number begins. */
const insuredGroups =
  'DN|HX|CH|NN|TK|HC|XK|HT|TB|NO|CT|XB|TN|CS|QN|CA|CY|XN|MS|CC|CK|CB|KC|HD|TE|BT|HN|DT|DK|XD|TS|TC|TQ|TA|TY|HG|LS|PV|HS|SV|GB|GD';
const insuredStart = new RegExp(`^(?:${insuredGroups})\\d{0,13}$`);
const health = new RegExp(`^(?:${insuredGroups})[1-5]\\d{12}$`);

/** Whether a token may be the start of a number that has letters, and of which more stands behind it. */
export const isCodeStart = (tokens: Tokens, token: number) =>
  tokens.length(token) <= 15 && insuredStart.test(codeOf(tokens, token));

/** A token with digits in the place of the letters that look like some, behind its first two. */
function codeOf(tokens: Tokens, token: number): string {
  const word = tokens.word(token);
  return word.slice(0, 2).toUpperCase() + word.slice(2).replace(/[Oo]/g, '0').replace(/[lI]/g, '1');
}

function healthCardAt(tokens: Tokens, token: number): Candidate | undefined {
  if (!isCodeStart(tokens, token)) return undefined;
  let value = codeOf(tokens, token);
  let next = token + 1;
  for (; value.length < 15 && tokens.isJoined(next - 1); next += 1) {
    const digits = tokens.digitsOf(next);
    if (digits === undefined) return undefined;
    value += digits;
  }
  if (!health.test(value)) return undefined;
  return strong('bhyt', 'bhyt.card', tokens.start(token), tokens.end(next - 1), 0.97);
}

const passport = /(?<![A-Za-z0-9])[A-Za-z]\d{7}(?![A-Za-z0-9])/y;
const plate =
  /(?<![A-Za-z0-9])[1-9]\d[ -]?[A-HK-NPR-VX-Z][A-Z0-9]?[ .-]{0,3}(?:\d{3}\.?\d{2}|\d{4})(?![A-Za-z0-9])/iy;

/** Whether a letter stands behind two digits, or behind what may separate them. */
function mayBePlate(text: NormalizedText, start: number): boolean {
  const third = text.at(start + 2);
  return isLetter(third === 32 || third === 45 ? text.at(start + 3) : third);
}

function weakCodeAt(tokens: Tokens, token: number, level: Level): Candidate | undefined {
  const { text } = tokens;
  const start = tokens.start(token);
  const isPassport = isLetter(text.at(start));
  if (!(isPassport ? tokens.length(token) === 8 : mayBePlate(text, start))) return undefined;
  const pattern = isPassport ? passport : plate;
  pattern.lastIndex = start;
  const value = pattern.exec(text.text)?.[0];
  if (value === undefined) return undefined;
  const needs: ContextKind = isPassport ? 'passport' : 'plate';
  const context = contextBefore(tokens, start);
  const distance = context.get(needs)?.distance ?? Infinity;
  const isNamed = distance < (context.get('negative')?.distance ?? Infinity);
  if (!isNamed && (level !== 'strict' || value !== value.toUpperCase())) return undefined;
  const entity = isPassport ? 'passport' : 'plate';
  const score = isNamed ? 0.9 : 0.4;
  return { entity, tier: 2, start, end: start + value.length, score, rule: `${entity}.form` };
}

/** Whether one of them may begin with a token that has no digits. */
export const mayBeCode = (tokens: Tokens, token: number) =>
  (tokens.length(token) === 2 && tokens.digitsOf(token + 1) !== undefined) ||
  tokens.text.at(tokens.end(token)) === 58;

/** Numbers with letters or points among their digits that begin with a token. */
export function findCodes(tokens: Tokens, token: number, level: Level, found: Candidate[]): void {
  const hasDigits = tokens.digitCount(token) > 0;
  const length = tokens.length(token);
  const push = (candidate: Candidate | undefined) => {
    if (candidate) found.push(candidate);
  };
  if (tokens.text.at(tokens.end(token)) === 58) push(ipv6At(tokens, token));
  if (length >= 2 && isLetter(tokens.text.at(tokens.start(token)))) push(healthCardAt(tokens, token));
  if (!hasDigits) return;
  if (length >= 4) push(ibanAt(tokens, token));
  if (length <= 3) push(ipv4At(tokens, token));
  push(weakCodeAt(tokens, token, level));
}
