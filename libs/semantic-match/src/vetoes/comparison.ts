import { stemOf } from '../tokens-stem.ts';
import type { ReadingMode } from './reading-mode.ts';
import type { Reading, Term } from './reading.ts';
import { oppositionOf, samePole, type Sense } from './oppositions.ts';
import { areSynonyms } from './words.ts';

/** Two texts, read alike, and what only one of them has. */
export interface Comparison {
  readonly mode: ReadingMode;
  readonly left: Side;
  readonly right: Side;
  /** How many content words both have. */
  readonly shared: number;
}

export interface Side {
  readonly reading: Reading;
  readonly terms: readonly Term[];
  /** Words that the other side has not, function words too. */
  readonly only: readonly Term[];
  /** Content words for which the other side has neither the same word nor one that means the same. */
  readonly unmatched: readonly Term[];
}

/** So many words of either side are compared with each other: those of a hostile text are not. */
const maxUnmatched = 24;

export function compare(left: Reading, right: Reading, mode: ReadingMode): Comparison {
  const terms = [left.terms(mode), right.terms(mode)] as const;
  const [leftOnly, rightOnly] = differenceOf(terms[0], terms[1]);
  const [leftUnmatched, rightUnmatched] = withoutSynonyms(
    leftOnly.filter(isContent),
    rightOnly.filter(isContent),
    mode,
  );
  return {
    mode,
    left: { reading: left, terms: terms[0], only: leftOnly, unmatched: leftUnmatched },
    right: { reading: right, terms: terms[1], only: rightOnly, unmatched: rightUnmatched },
    shared: terms[0].filter(isContent).length - leftOnly.filter(isContent).length,
  };
}

export const isContent = ({ kind }: Term): boolean => kind === 'content';

/** How two texts can be read: where neither tells its language, as either. */
export function modesOf(left: Reading, right: Reading): readonly ReadingMode[] {
  const plain = !left.marked || !right.marked;
  if (left.language === 'vi' || right.language === 'vi') return [{ language: 'vi', plain }];
  const english: ReadingMode = { language: 'en', plain: false };
  const known = left.language !== 'unknown' || right.language !== 'unknown';
  return known ? [english] : [english, { language: 'vi', plain }];
}

/** What is left of each side when what both have is taken away, as often as both have it. */
function differenceOf(left: readonly Term[], right: readonly Term[]): [Term[], Term[]] {
  const counts = new Map<string, number>();
  for (const { key } of right) counts.set(key, (counts.get(key) ?? 0) + 1);
  const only = left.filter(({ key }) => !take(counts, key));
  const back = new Map<string, number>();
  for (const { key } of left) back.set(key, (back.get(key) ?? 0) + 1);
  return [only, right.filter(({ key }) => !take(back, key))];
}

function take(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  if (count > 0) counts.set(key, count - 1);
  return count > 0;
}

function withoutSynonyms(left: readonly Term[], right: readonly Term[], mode: ReadingMode): [Term[], Term[]] {
  if (left.length > maxUnmatched || right.length > maxUnmatched) return [[...left], [...right]];
  const rest = [...right];
  const unmatched = left.filter((term) => {
    const match = rest.findIndex((other) => meansTheSame(term, other, mode));
    if (match >= 0) rest.splice(match, 1);
    return match < 0;
  });
  return joined(unmatched) === joined(rest) ? [[], []] : [unmatched, rest];
}

/** "Face book" is "Facebook". */
const joined = (terms: readonly Term[]) => terms.map(({ key }) => key.replaceAll(' ', '')).join('');

function meansTheSame(left: Term, right: Term, mode: ReadingMode): boolean {
  if (oppositionOf(left.senses, right.senses) !== undefined) return false;
  return (
    samePole(left.senses, right.senses) ||
    areSynonyms(left.key, right.key, mode) ||
    (mode.language === 'en' && sameRoot(left.key, right.key)) ||
    left.key.replaceAll(' ', '') === right.key.replaceAll(' ', '')
  );
}

const ending =
  /^(?:|s|es|e|d|ed|ing|ly|al|y|ion|ation|ment|ance|ence|ive|ity|ness|ic|ical|ally|able|ise|ize|is|iz)$/u;

/** "perform" and "performance", "fluorine" and "flourine". */
function sameRoot(left: string, right: string): boolean {
  const [shorter, longer] = left.length < right.length ? [left, right] : [right, left];
  if (shorter.length < 5 || !longer.startsWith(shorter.charAt(0))) return false;
  let common = 0;
  while (common < shorter.length && shorter.charAt(common) === longer.charAt(common)) common += 1;
  if (common >= 5 && ending.test(shorter.slice(common)) && ending.test(longer.slice(common))) return true;
  return isMistyped(shorter, longer, common);
}

/** Two neighbours swapped, or one letter too many; never another letter, which may be another word ("adsorb", "Iraq"). */
function isMistyped(shorter: string, longer: string, common: number): boolean {
  if (shorter.length < 6) return false;
  if (longer.length === shorter.length + 1) return longer.slice(common + 1) === shorter.slice(common);
  return (
    longer.length === shorter.length &&
    longer.charAt(common) === shorter.charAt(common + 1) &&
    longer.charAt(common + 1) === shorter.charAt(common) &&
    longer.slice(common + 2) === shorter.slice(common + 2)
  );
}

/** Two terms that only one side has each, and that exclude each other. */
export function opposedTerms({
  left,
  right,
  mode,
}: Comparison): { left: Term; right: Term; sense: Sense | 'affix' } | undefined {
  const lefts = left.only.slice(0, maxUnmatched);
  const rights = right.only.slice(0, maxUnmatched);
  for (const mine of lefts) {
    for (const theirs of rights) {
      const sense = oppositionOf(mine.senses, theirs.senses);
      if (sense !== undefined) return { left: mine, right: theirs, sense };
      if (mode.language === 'en' && affixesOppose(mine.written.toLowerCase(), theirs.written.toLowerCase()))
        return { left: mine, right: theirs, sense: 'affix' };
    }
  }
  return undefined;
}

const denying = ['un', 'in', 'im', 'il', 'ir', 'dis', 'non', 'mis', 'anti', 'de', 'ab', 'a'];
const opposedPrefixes =
  'in|de en|dis up|down on|off in|out pre|post over|under hyper|hypo inter|intra micro|macro ex|im ex|in sub|super maxi|mini pro|anti for|back multi|single mono|poly homo|hetero endo|exo intro|extro ant|syn max|min centri|cetri fore|hind upper|lower left|right mid|end'
    .split(' ')
    .map((pair) => pair.split('|') as [string, string]);
const opposedSuffixes = 'ful|less er|ee or|ee er|ing est|er able|less y|less proof|able'
  .split(' ')
  .map((pair) => pair.split('|') as [string, string]);

function affixesOppose(left: string, right: string): boolean {
  const [shorter, longer] = left.length < right.length ? [left, right] : [right, left];
  if (
    shorter.length >= 4 &&
    denying.some(
      (prefix) =>
        longer === prefix + shorter ||
        (prefix.length > 1 && longer.startsWith(prefix) && stemOf(longer) === prefix + stemOf(shorter)),
    )
  )
    return true;
  const either = (one: string, other: string, test: (a: string, b: string) => boolean) =>
    test(one, other) || test(other, one);
  return (
    opposedPrefixes.some(([one, other]) =>
      either(
        left,
        right,
        (a, b) =>
          a.startsWith(one) &&
          b.startsWith(other) &&
          a.length > one.length + 2 &&
          stemOf(a.slice(one.length)) === stemOf(b.slice(other.length)),
      ),
    ) ||
    opposedSuffixes.some(([one, other]) =>
      one !== 'er' || other !== 'ing'
        ? either(
            left,
            right,
            (a, b) =>
              a.endsWith(one) &&
              b.endsWith(other) &&
              a.length > one.length + 2 &&
              a.slice(0, -one.length) === b.slice(0, -other.length),
          )
        : false,
    )
  );
}
