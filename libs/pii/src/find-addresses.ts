import type { Candidate } from './candidate.ts';
import { isUpperCase } from './characters.ts';
import { mayNameSomethingElse } from './context.ts';
import type { Tokens } from './tokens.ts';

/** Words of an address's parts: streets, and what they lie in. */
const streets = new Set(
  'duong pho ngo ngach hem kiet hung street st avenue ave road rd boulevard blvd lane ln drive dr court ct square highway way'.split(
    ' ',
  ),
);
const areas = new Set(
  'phuong xa quan huyen tinh thi tran thanh thon ap to khu khom ban buon lang p q x h tp tx tt kp kdt chung cu toa tang can ho lau so building floor apt suite unit zip vn'.split(
    ' ',
  ),
);
const phrase =
  /(?:^|[^a-z])(?:dia chi(?: (?:thuong tru|tam tru|nha|giao hang|nhan hang|lien he|hien tai|cua toi))?|thuong tru|tam tru|noi o|cho o|ho khau|que quan|nha (?:toi )?o|song (?:o|tai)|cu tru|(?:home |shipping |billing |mailing )?address|ship to|giao (?:hang )?(?:den|toi|ve)|lives? (?:at|in))\s{0,2}(?:[:=]|la|tai|o|is)?\s{0,2}["']?(?:tai )?$/;
const phraseReach = 40;
const maxWords = 30;
const maxLength = 120;

/** A stretch that reads as an address, from one token to another. */
interface Stretch {
  readonly end: number;
  /** The token behind it. */
  readonly next: number;
  readonly hasStreet: boolean;
  readonly parts: number;
  readonly hasNumber: boolean;
  readonly hasCapital: boolean;
}

const lower = (tokens: Tokens, token: number) => tokens.slice(token, 16).toLowerCase();

/** Whether the address may go on over what stands between a token and the next. */
function isBridge(tokens: Tokens, token: number, word: string): boolean {
  const gap = tokens.gap(token);
  if (gap.length > 3 || gap.includes('\n')) return false;
  if (/^[ ,/-]*$/.test(gap)) return true;
  // A point ends a sentence, but behind what is short.
  return /^\.[ ,]?$/.test(gap) && word.length <= 3;
}

/** The stretch from a token on, in tokens before `limit`. In lower case (`isLoose`) every word may belong to it. */
function readStretch(tokens: Tokens, first: number, limit: number, isLoose: boolean): Stretch {
  let [next, parts, hasStreet, hasNumber, hasCapital] = [first, 0, false, false, false];
  for (; next < limit && next - first < maxWords; next += 1) {
    const word = lower(tokens, next);
    const digits = tokens.digitCount(next);
    const isStreet = streets.has(word);
    const isArea = areas.has(word);
    const isCapital = isUpperCase(tokens.text.at(tokens.start(next)));
    const isOther = !isCapital && !isLoose && !isStreet && !isArea;
    if (digits > 5 || (digits === 0 && isOther) || tokens.end(next) - tokens.start(first) > maxLength) break;
    if (mayNameSomethingElse(word)) break;
    hasStreet ||= isStreet;
    hasNumber ||= digits > 0;
    hasCapital ||= isCapital;
    if (isStreet || isArea) parts += 1;
    if (next + 1 < tokens.count && !isBridge(tokens, next, word)) {
      next += 1;
      break;
    }
  }
  return { end: tokens.end(next - 1), next, hasStreet, parts, hasNumber, hasCapital };
}

/** Whether an address may begin with a token: with a house's number. */
function isHouse(tokens: Tokens, token: number, limit: number): boolean {
  const { text } = tokens;
  const start = tokens.start(token);
  if (tokens.digitCount(token) > 0 && tokens.digitCount(token) <= 4) {
    return text.at(start - 1) !== 47 && !/(?<![a-z])so[ .]{1,2}$/i.test(text.slice(start - 5, start));
  }
  return lower(tokens, token) === 'so' && (token + 1 === limit || tokens.digitCount(token + 1) > 0);
}

const announces = new Set('chi tru o khau quan tai address to den toi ve la is at in'.split(' '));

function isAnnounced(tokens: Tokens, token: number): boolean {
  if (token === 0 || !announces.has(lower(tokens, token - 1))) return false;
  const start = tokens.start(token);
  return phrase.test(tokens.text.slice(start - phraseReach, start).toLowerCase());
}

/** Whether the words that announce an address are no part of the address's own first word: `địa chỉ tại`. */
const isConnector = (tokens: Tokens, token: number) =>
  ['la', 'tai', 'o', 'is'].includes(lower(tokens, token)) && isAnnounced(tokens, token);

function stretchAt(
  tokens: Tokens,
  token: number,
  limit: number,
): (Stretch & { isNamed: boolean }) | undefined {
  const isNamed = isAnnounced(tokens, token) && !isConnector(tokens, token);
  if (!isNamed && !isHouse(tokens, token, limit)) return undefined;
  const strict = readStretch(tokens, token, limit, false);
  if (!isNamed || strict.hasCapital) return { ...strict, isNamed };
  return { ...readStretch(tokens, token, limit, true), isNamed };
}

/** The address that begins with a token; pushes it, and returns the token behind it. */
export function findAddress(tokens: Tokens, token: number, found: Candidate[]): number {
  const stretch = stretchAt(tokens, token, tokens.count);
  if (!stretch) return token + 1;
  const { isNamed, parts, hasStreet, hasNumber, hasCapital, end, next } = stretch;
  const isAddress = isNamed
    ? parts > 0 || (hasNumber && next - token > 1)
    : hasStreet && hasNumber && next - token >= 3 && hasCapital;
  if (!isAddress) return token + 1;
  const rule = isNamed ? 'address.announced' : 'address.house';
  found.push({
    entity: 'address',
    tier: 2,
    start: tokens.start(token),
    end,
    score: isNamed ? 0.75 : 0.6,
    rule,
  });
  return next;
}

/** Where an address begins that may go on behind the token `last`; undefined where there is none. */
export function openAddress(tokens: Tokens, last: number): number | undefined {
  for (let token = Math.max(0, last - maxWords); token <= last; token += 1) {
    const stretch = stretchAt(tokens, token, last + 1);
    if (stretch && stretch.next > last && isBridge(tokens, last, lower(tokens, last)))
      return tokens.start(token);
  }
  return undefined;
}
