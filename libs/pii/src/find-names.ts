import type { Level } from '@weir/contracts/guardrails/entities';
import type { Candidate } from './candidate.ts';
import { isUpperCase } from './characters.ts';
import { surnames, titles, wordKinds } from './lexicon.ts';
import type { Tokens } from './tokens.ts';

/** Of whom everybody speaks; and after whom the city is called. */
const publicName = 'ho chi minh';
/** Provinces and cities that begin as names do. */
const places = new Set(
  'ha noi|ha nam|ha giang|ha tinh|ha long|ha dong|cao bang|thai binh|thai nguyen|lam dong|ho tay|ho chi minh|lai chau|tra vinh|bac giang|hoang sa|truong sa|thai lan|trung quoc|dong nai'.split(
    '|',
  ),
);
const titleBefore = new RegExp(`(?:^|[^a-z])(${[...titles].join('|')})\\.?\\s{1,2}$`);
const english = new Set(['mr', 'mrs', 'ms', 'miss', 'dr', 'prof', 'sir', 'madam']);
const phraseBefore =
  /(?:^|[^a-z])(?:ho[ _]?(?:va[ _]?)?ten|ten[ _](?:toi|em|minh|khach[ _]hang|khach|day du)|toi ten|em ten|toi la|em la|minh la|nguoi (?:nhan|gui|mua|dat|lien he)|khach hang|benh nhan|chu (?:tai khoan|the|ho)|ky ten|full[ _]?name|(?:my |customer[ _]|patient[ _])?name|customer|patient|contact|i am|dear|gui|regards|sincerely)(?: cua (?:toi|em|minh|khach hang))?["']?\s{0,2}(?:[:=,]|la|is)?\s{0,2}["']?$/;
/** Words before a name that make it a street's or a place's. */
const placeBefore =
  /(?:^|[^a-z])(?:duong|pho|quan|phuong|truong|cau|tp|thanh pho|tinh|xa|huyen|thi xa|ngo|street|chua|benh vien)\.?\s{1,2}$/;
const contextSize = 32;
const maxWords = 4;

/** Whether a token is a word that begins with a capital. */
function isCapitalised(tokens: Tokens, token: number): boolean {
  return (
    tokens.digitCount(token) === 0 &&
    isUpperCase(tokens.text.at(tokens.start(token))) &&
    tokens.length(token) <= 16
  );
}

/** Whether nothing but one space stands between a token and the next. */
const isNext = (tokens: Tokens, token: number) =>
  token >= 0 && tokens.start(token + 1) - tokens.end(token) === 1 && tokens.text.at(tokens.end(token)) === 32;

/** How many capitalised words there are from a token on, up to `most`. */
function countWords(tokens: Tokens, first: number, most: number): number {
  let count = 0;
  while (count < most && first + count < tokens.count && isCapitalised(tokens, first + count)) {
    count += 1;
    if (!isNext(tokens, first + count - 1)) break;
  }
  return count;
}

const lower = (tokens: Tokens, token: number) => tokens.word(token).toLowerCase();

/** The name that begins with a token which is the first of capitalised words, or the second behind a title. */
export function findName(tokens: Tokens, token: number, level: Level, found: Candidate[]): void {
  if (!isCapitalised(tokens, token) || isTitle(tokens, token)) return;
  const previous = token - 1;
  const hasTitleBefore = isNext(tokens, previous) && isCapitalised(tokens, previous);
  if (hasTitleBefore && !(isTitle(tokens, previous) && !isInSequence(tokens, previous))) return;
  const count = countWords(tokens, token, maxWords);
  const start = tokens.start(token);
  const isHinted = tokens.mayBe(previous, wordKinds.title | wordKinds.nameHint);
  const isVietnamese = tokens.mayBe(token, wordKinds.surname) && surnames.has(lower(tokens, token));
  if (!isHinted && !(isVietnamese && level === 'strict')) return;
  const before = tokens.text.slice(start - contextSize, start).toLowerCase();
  const title = titleBefore.exec(before)?.[1];
  const isNamed = title !== undefined || phraseBefore.test(before);
  if (isVietnamese ? count < 2 : !isNamed || !(title === undefined ? count >= 2 : english.has(title))) return;
  if (!isNamed && (level !== 'strict' || placeBefore.test(before) || isPlace(tokens, token, count))) return;
  const end = tokens.end(token + count - 1);
  if (tokens.text.slice(start, end).toLowerCase() === publicName) return;
  const score = isNamed ? 0.8 : 0.35;
  const rule = `person_name.${isVietnamese ? 'surname' : 'named'}`;
  found.push({ entity: 'person_name', tier: 2, start, end, score, rule });
}

const isTitle = (tokens: Tokens, token: number) =>
  tokens.mayBe(token, wordKinds.title) && titles.has(lower(tokens, token));

const isInSequence = (tokens: Tokens, token: number) =>
  isNext(tokens, token - 1) && isCapitalised(tokens, token - 1);

function isPlace(tokens: Tokens, token: number, count: number): boolean {
  return [2, 3].some(
    (words) =>
      count >= words &&
      places.has(tokens.text.slice(tokens.start(token), tokens.end(token + words - 1)).toLowerCase()),
  );
}

/** Where a name, or the title before it, begins that may go on with the token behind `last`; undefined where there is none. */
export function openName(tokens: Tokens, last: number): number | undefined {
  let first = last;
  while (first > last - maxWords - 2 && first >= 0 && isCapitalised(tokens, first)) {
    if (!isNext(tokens, first - 1)) {
      first -= 1;
      break;
    }
    first -= 1;
  }
  const count = last - first;
  return count > 0 && count <= maxWords ? tokens.start(first + 1) : undefined;
}
