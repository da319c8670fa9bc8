import type { Candidate } from './candidate.ts';
import { isUpperCase } from './characters.ts';
import { addressEnds, announcers, areas, streets, wordKinds } from './lexicon.ts';
import type { Tokens } from './tokens.ts';

const phrase =
  /(?:^|[^a-z])(?:dia[ _]chi(?: (?:thuong tru|tam tru|nha|giao hang|nhan hang|lien he|hien tai|cua toi))?|thuong tru|tam tru|noi o|cho o|ho khau|que quan|nha (?:toi )?o|song (?:o|tai)|cu tru|(?:home |shipping |billing |mailing )?(?<!(?:ip|mail|web|mac|url) )address|ship to|giao (?:hang )?(?:den|toi|ve)|lives? (?:at|in))["']?\s{0,2}(?:[:=]|la|tai|o|is)?\s{0,2}["']?(?:tai )?$/;
const phraseReach = 40;
const maxWords = 30;
/** `số 12 ngõ`, `221B Upper Baker Street`. */
const maxWordsBeforeStreet = 5;
const maxLength = 120;

/** A stretch that reads as an address, from one token to another. */
interface Stretch {
  /** Whether the words before it announce an address. */
  readonly isNamed: boolean;
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
function isBridge(tokens: Tokens, token: number): boolean {
  const { text } = tokens;
  const from = tokens.end(token);
  const to = tokens.start(token + 1);
  // A point ends a sentence, but behind what is short.
  const first = text.at(from) === 46 && tokens.length(token) <= 3 ? from + 1 : from;
  if (to - first > 3) return false;
  for (let index = first; index < to; index += 1) {
    const code = text.at(index);
    if (code !== 32 && code !== 44 && code !== 45 && code !== 47) return false;
  }
  return true;
}

const meaningful = wordKinds.addressPart | wordKinds.addressEnd;

/** The stretch from a token on, in tokens before `limit`. In lower case (`isLoose`) every word may belong to it. */
function readStretch(
  tokens: Tokens,
  first: number,
  limit: number,
  isLoose: boolean,
  isAnnounced: boolean,
): Stretch {
  let [next, parts, hasStreet, hasNumber, hasCapital] = [first, 0, false, false, false];
  for (; next < limit && next - first < maxWords; next += 1) {
    const digits = tokens.digitCount(next);
    const word = tokens.mayBe(next, meaningful) ? lower(tokens, next) : '';
    const isStreet = streets.has(word);
    const isArea = areas.has(word);
    const isCapital = isUpperCase(tokens.text.at(tokens.start(next)));
    const isOther = !isCapital && !isLoose && !isStreet && !isArea;
    if (digits > 5 || (digits === 0 && isOther) || tokens.end(next) - tokens.start(first) > maxLength) break;
    if (addressEnds.has(word)) break;
    hasStreet ||= isStreet;
    if (!isAnnounced && !hasStreet && next - first >= maxWordsBeforeStreet) break;
    hasNumber ||= digits > 0;
    hasCapital ||= isCapital;
    if (isStreet || isArea) parts += 1;
    if (next + 1 < tokens.count && !isBridge(tokens, next)) {
      next += 1;
      break;
    }
  }
  const end = tokens.end(next - 1);
  return { isNamed: isAnnounced, end, next, hasStreet, parts, hasNumber, hasCapital };
}

/** Whether an address may begin with a token: all others need no closer look. */
export function mayBeAddress(tokens: Tokens, token: number): boolean {
  const digits = tokens.digitCount(token);
  if (digits > 0 ? digits <= 4 : tokens.mayBe(token, wordKinds.addressPart)) return true;
  return tokens.mayBe(token - 1, wordKinds.announcer);
}

/** Whether a word may stand behind a house's number: no other number, of which the first would be a part. */
const mayFollowHouse = (tokens: Tokens, token: number) =>
  tokens.digitCount(token) === 0 && lower(tokens, token) !== 'so';

/** Whether an address may begin with a token: with a house's number. */
function isHouse(tokens: Tokens, token: number, limit: number): boolean {
  const { text } = tokens;
  const start = tokens.start(token);
  if (tokens.digitCount(token) > 0 && tokens.digitCount(token) <= 4) {
    if (text.at(start - 1) === 47) return false;
    if (
      tokens.mayBe(token - 1, wordKinds.addressPart) &&
      /(?<![a-z])so[ .]{1,2}$/i.test(text.slice(start - 5, start))
    )
      return false;
    return token + 1 >= limit || text.at(tokens.end(token)) !== 32 || mayFollowHouse(tokens, token + 1);
  }
  return (
    tokens.mayBe(token, wordKinds.addressPart) &&
    lower(tokens, token) === 'so' &&
    (token + 1 === limit || tokens.digitCount(token + 1) > 0)
  );
}

function isAnnounced(tokens: Tokens, token: number): boolean {
  if (
    token === 0 ||
    !tokens.mayBe(token - 1, wordKinds.announcer) ||
    !announcers.has(lower(tokens, token - 1))
  )
    return false;
  const start = tokens.start(token);
  return phrase.test(tokens.text.slice(start - phraseReach, start).toLowerCase());
}

/** What belongs to the words that announce an address, and not to the address: `địa chỉ tại`. */
const connectors = new Set(['la', 'tai', 'o', 'is']);

function stretchAt(tokens: Tokens, token: number, limit: number): Stretch | undefined {
  const isNamed = isAnnounced(tokens, token) && !connectors.has(lower(tokens, token));
  if (!isNamed) {
    // A number alone is no address.
    if (token + 1 < tokens.count && !isBridge(tokens, token)) return undefined;
    if (!isHouse(tokens, token, limit)) return undefined;
  }
  const strict = readStretch(tokens, token, limit, false, isNamed);
  return !isNamed || strict.hasCapital ? strict : readStretch(tokens, token, limit, true, isNamed);
}

function isAddress(
  { isNamed, parts, hasStreet, hasNumber, hasCapital, next }: Stretch,
  token: number,
): boolean {
  if (isNamed) return parts > 0 || (hasNumber && next - token > 1);
  return hasStreet && hasNumber && hasCapital && next - token >= 3;
}

/** The address that begins with a token; pushes it, and returns the token behind it. */
export function findAddress(tokens: Tokens, token: number, found: Candidate[]): number {
  const stretch = stretchAt(tokens, token, tokens.count);
  if (!stretch || !isAddress(stretch, token)) return token + 1;
  const { isNamed, end, next } = stretch;
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

/**
 * Where an address begins that reaches over a place, or may once more than the tokens before `limit` is known; the place where
 * there is none.
 */
export function openAddress(tokens: Tokens, limit: number, place: number): number {
  const before = tokens.before(place);
  let first = before;
  while (first > 0 && before - first < maxWords && isBridge(tokens, first - 1)) first -= 1;
  for (let token = Math.max(0, first); token <= before; token += 1) {
    const stretch = mayBeAddress(tokens, token) ? stretchAt(tokens, token, limit) : undefined;
    if (!stretch) continue;
    const last = limit - 1;
    const isOpen = stretch.next === limit && isBridge(tokens, last);
    if (isOpen || (stretch.end > place && isAddress(stretch, token))) return tokens.start(token);
  }
  return place;
}
