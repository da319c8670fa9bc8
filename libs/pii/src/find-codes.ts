import { isIPv6 } from 'node:net';
import type { Level } from '@weir/contracts/guardrails/entities';
import type { Candidate } from './candidate.ts';
import { isKeyCharacter, isLetter, isUpperCase } from './characters.ts';
import { contextBefore, type ContextKind, isDisclaimed } from './context.ts';
import type { Tokens } from './tokens.ts';

/** Groups of insured people, with which a health insurance card's number begins. */
const insuredGroups =
  'DN|HX|CH|NN|TK|HC|XK|HT|TB|NO|CT|XB|TN|CS|QN|CA|CY|XN|MS|CC|CK|CB|KC|HD|TE|BT|HN|DT|DK|XD|TS|TC|TQ|TA|TY|HG|LS|PV|HS|SV|GB|GD';
const insuredStart = new RegExp(`^(?:${insuredGroups})\\d{0,13}$`);
const health = new RegExp(`^(?:${insuredGroups})[1-5]\\d{12}$`);

/** Whether a token may be the start of a number that has letters, and of which more stands behind it. */
export const isCodeStart = (tokens: Tokens, token: number) =>
  isUpperCase(tokens.text.at(tokens.start(token))) &&
  tokens.length(token) <= 15 &&
  insuredStart.test(tokens.word(token));

/** Lengths of IBANs by country: what is of another length is none. */
const ibanLengths: Readonly<Record<string, number>> = {
  ...{
    AD: 24,
    AE: 23,
    AL: 28,
    AT: 20,
    AZ: 28,
    BA: 20,
    BE: 16,
    BG: 22,
    BH: 22,
    BR: 29,
    BY: 28,
    CH: 21,
    CR: 22,
    CY: 28,
  },
  ...{
    CZ: 24,
    DE: 22,
    DK: 18,
    DO: 28,
    EE: 20,
    EG: 29,
    ES: 24,
    FI: 18,
    FO: 18,
    FR: 27,
    GB: 22,
    GE: 22,
    GI: 23,
    GL: 18,
  },
  ...{
    GR: 27,
    GT: 28,
    HR: 21,
    HU: 28,
    IE: 22,
    IL: 23,
    IQ: 23,
    IS: 26,
    IT: 27,
    JO: 30,
    KW: 30,
    KZ: 20,
    LB: 28,
    LC: 32,
  },
  ...{
    LI: 21,
    LT: 20,
    LU: 20,
    LV: 21,
    MC: 27,
    MD: 24,
    ME: 22,
    MK: 19,
    MR: 27,
    MT: 31,
    MU: 30,
    NL: 18,
    NO: 15,
    PK: 24,
  },
  ...{
    PL: 28,
    PS: 29,
    PT: 25,
    QA: 29,
    RO: 24,
    RS: 22,
    SA: 24,
    SE: 24,
    SI: 19,
    SK: 24,
    SM: 27,
    TN: 24,
    TR: 26,
    UA: 29,
  },
};
/** With a separator between every two. */
export const maxIbanLength = 63;

/** The characters from a token on without the separators between them, up to `count`, and where they end. */
function gather(tokens: Tokens, token: number, count: number): { value: string; end: number; next: number } {
  let value = tokens.word(token);
  let next = token + 1;
  while (
    value.length < count &&
    tokens.isJoined(next - 1) &&
    tokens.start(next) - tokens.end(next - 1) <= 1
  ) {
    value += tokens.word(next);
    next += 1;
  }
  return { value: value.toUpperCase(), end: tokens.end(next - 1), next };
}

function ibanLength(tokens: Tokens, token: number): number | undefined {
  const word = tokens.slice(token, 4).toUpperCase();
  return /^[A-Z]{2}\d{2}$/.test(word) ? ibanLengths[word.slice(0, 2)] : undefined;
}

function ibanAt(tokens: Tokens, token: number): Candidate | undefined {
  const length = ibanLength(tokens, token);
  if (length === undefined) return undefined;
  const { value, end } = gather(tokens, token, length);
  if (value.length !== length) return undefined;
  let remainder = 0;
  for (const character of value.slice(4) + value.slice(0, 4)) {
    const number = parseInt(character, 36);
    remainder = (remainder * (number > 9 ? 100 : 10) + number) % 97;
  }
  return remainder === 1 ? strong('iban', 'iban.checked', tokens.start(token), end, 0.98) : undefined;
}

/** Whether an IBAN that begins with a token may go on behind the token `last`. */
export function isOpenIban(tokens: Tokens, token: number, last: number): boolean {
  const length = ibanLength(tokens, token);
  return length !== undefined && gather(tokens, token, length).next > last;
}

function healthCardAt(tokens: Tokens, token: number): Candidate | undefined {
  if (!isCodeStart(tokens, token)) return undefined;
  let value = tokens.word(token);
  let next = token + 1;
  for (; value.length < 15 && tokens.isJoined(next - 1); next += 1) {
    const digits = tokens.digitsOf(next);
    if (digits === undefined) return undefined;
    value += digits;
  }
  if (!health.test(value)) return undefined;
  return strong('bhyt', 'bhyt.card', tokens.start(token), tokens.end(next - 1), 0.97);
}

const notAddresses =
  /(?:^|[^a-z])(?:v|ver|version|phien ban|ban|dieu|khoan|muc|section|chapter|chuong|clause|article|firmware|sdk)[ .:]{0,2}$/i;
const notPersonal = new Set(['127.0.0.1', '0.0.0.0', '255.255.255.255']);

function ipv4At(tokens: Tokens, token: number): Candidate | undefined {
  const { text } = tokens;
  const start = tokens.start(token);
  const octets: string[] = [];
  for (let next = token; next < token + 4; next += 1) {
    const digits = tokens.length(next) <= 3 ? tokens.digitsOf(next) : undefined;
    const isPoint =
      next === token ||
      (text.at(tokens.start(next) - 1) === 46 && tokens.start(next) - tokens.end(next - 1) === 1);
    if (digits === undefined || !isPoint || Number(digits) > 255) return undefined;
    octets.push(digits);
  }
  const end = tokens.end(token + 3);
  const isLonger =
    text.at(end) === 46 && tokens.start(token + 4) === end + 1 && tokens.length(token + 4) <= 3;
  if (isLonger || isPartOfMore(text.at(start - 1)) || notPersonal.has(octets.join('.'))) return undefined;
  if (
    notAddresses.test(text.slice(start - 16, start)) ||
    isDisclaimed(text, start, contextBefore(tokens, start))
  )
    return undefined;
  return strong('ip_address', 'ip_address.v4', start, end, 0.9);
}

const isPartOfMore = (before: number) => isKeyCharacter(before) || before === 46;
const ipv6 = /[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z_:])/y;

function ipv6At(tokens: Tokens, token: number): Candidate | undefined {
  const { text } = tokens;
  const start = tokens.start(token);
  if (text.at(tokens.end(token)) !== 58 || tokens.length(token) > 4) return undefined;
  if (isPartOfMore(text.at(start - 1)) || text.at(start - 1) === 58) return undefined;
  ipv6.lastIndex = start;
  const address = ipv6.exec(text.text)?.[0];
  if (address === undefined || !/\d/.test(address) || !isIPv6(address)) return undefined;
  // `a::1` is a name in code.
  if (address.split(':').length < 4 && tokens.length(token) < 3) return undefined;
  return strong('ip_address', 'ip_address.v6', start, start + address.length, 0.9);
}

const strong = (
  entity: Candidate['entity'],
  rule: string,
  start: number,
  end: number,
  score: number,
): Candidate => ({
  entity,
  tier: 1,
  start,
  end,
  score,
  rule,
});

const passport = /(?<![A-Za-z0-9])[A-Za-z]\d{7}(?![A-Za-z0-9])/y;
const plate =
  /(?<![A-Za-z0-9])[1-9]\d[ -]?[A-HK-NPR-VX-Z][A-Z0-9]?[ .-]{0,3}(?:\d{3}\.?\d{2}|\d{4})(?![A-Za-z0-9])/iy;

function weakCodeAt(tokens: Tokens, token: number, level: Level): Candidate | undefined {
  const { text } = tokens;
  const start = tokens.start(token);
  const isPassport = isLetter(text.at(start));
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

/** Numbers with letters or points among their digits that begin with a token. */
export function findCodes(tokens: Tokens, token: number, level: Level, found: Candidate[]): void {
  const hasDigits = tokens.digitCount(token) > 0;
  const length = tokens.length(token);
  if (!hasDigits && length !== 2 && tokens.text.at(tokens.end(token)) !== 58) return;
  const candidates = [
    ipv6At(tokens, token),
    length >= 2 && isLetter(tokens.text.at(tokens.start(token))) ? healthCardAt(tokens, token) : undefined,
    hasDigits && length >= 4 ? ibanAt(tokens, token) : undefined,
    hasDigits && length <= 3 ? ipv4At(tokens, token) : undefined,
    hasDigits ? weakCodeAt(tokens, token, level) : undefined,
  ];
  for (const candidate of candidates) if (candidate) found.push(candidate);
}
