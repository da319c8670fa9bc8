import { stemOf } from '../tokens-stem.ts';
import type { Comparison } from './comparison.ts';
import type { Term } from './reading.ts';

/** "A or B" and "B or A" are the same question. */
const symmetric = new Set('and or vs versus & hay hoặc và với cùng lẫn'.split(' '));
/** "voi" is an elephant, too. */
const plainSymmetric = new Set([...symmetric, ...'hoac va voi cung'.split(' ')]);

/** "How does A differ from B" and "how does B differ from A" are the same question too. */
const mutual = new Set(
  'difference differ different compare comparison similar similarity same equal equivalent common between relation relationship both khác khac giống giong nhau chung sánh sanh'
    .split(' ')
    .map(stemOf),
);
/** Around these, arguments play different parts, whatever else differs. */
const directed = new Set(
  'than to from into before after over by hơn hon sang thành thanh từ đến den trước sau qua'.split(' '),
);

/**
 * Whether arguments have changed places: what stood before and behind a word in one text stands behind and before it in the
 * other ("A is better than B", "from A to B"). A phrase that only moved, as it is, does not count.
 */
export function swappedTerms({ left, right, mode }: Comparison): string | undefined {
  const differing = left.unmatched.length + right.unmatched.length;
  if (differing > maxDiffering) return undefined;
  if ([left, right].every(({ terms }) => terms.some(({ key }) => mutual.has(key)))) return undefined;
  const mine = placesOf(left.terms, mode.plain);
  const theirs = placesOf(right.terms, mode.plain);
  const shared = left.terms.filter(
    ({ key }) => (mine.get(key) ?? -1) !== -1 && (theirs.get(key) ?? -1) !== -1,
  );
  const places = shared.map(({ key }) => theirs.get(key) ?? 0);
  const sameWords = left.only.length + right.only.length === 0;
  const pivot = reversedAround(
    sameWords ? () => true : isArgument,

    shared,
    places,
    (term) => differing === 0 || isArgument(term) || directed.has(term.key),
  );
  if (pivot !== undefined || differing > 0) return pivot;
  return mode.language === 'en' || sameWords ? swappedNeighbours(left.terms, right.terms, theirs) : undefined;
}

/** With more words that differ, an order that differs is one of another sentence. */
const maxDiffering = 2;

const who = new Set(['who', 'whom', 'ai']);
const isArgument = ({ kind, key }: Term) => kind === 'content' || kind === 'number' || who.has(key);

/** Where each term stands, or -1 for what stands there more than once and for what joins equals. */
function placesOf(terms: readonly Term[], plain: boolean): Map<string, number> {
  const places = new Map<string, number>();
  for (const [place, { key }] of terms.entries())
    places.set(key, places.has(key) || (plain ? plainSymmetric : symmetric).has(key) ? -1 : place);
  return places;
}

/** Three terms of which the outer two are arguments, and whose order is the opposite in the other text. */
function reversedAround(
  mayMove: (term: Term) => boolean,
  terms: readonly Term[],
  places: readonly number[],
  mayTurn: (term: Term) => boolean,
): string | undefined {
  const least: number[] = [];
  let lowest = Infinity;
  for (let index = places.length - 1; index >= 0; index -= 1) {
    least[index] = lowest;
    const term = terms[index];
    if (term !== undefined && mayMove(term)) lowest = Math.min(lowest, places[index] ?? Infinity);
  }
  let highest = -1;
  for (const [index, place] of places.entries()) {
    const term = terms[index];
    if (term === undefined) break;
    if (highest > place && place > (least[index] ?? Infinity) && mayTurn(term)) return term.key;
    if (mayMove(term)) highest = Math.max(highest, place);
  }
  return undefined;
}

/** "love Mary" and "Mary loves": neighbours in both, the other way round. */
function swappedNeighbours(
  left: readonly Term[],
  right: readonly Term[],
  theirs: ReadonlyMap<string, number>,
): string | undefined {
  for (const [index, term] of left.entries()) {
    const next = left[index + 1];
    if (next === undefined || term.kind !== 'content' || next.kind !== 'content') continue;
    const place = theirs.get(next.key) ?? -1;
    if (place >= 0 && right[place + 1]?.key === term.key && theirs.get(term.key) !== -1) return next.key;
  }
  return undefined;
}
