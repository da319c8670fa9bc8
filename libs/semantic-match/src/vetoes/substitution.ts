import type { Term } from './reading.ts';
import type { Check } from './veto.ts';

/** Texts that are the same but for one place, where other words stand whose meaning is not known to be the same. */
export const substitution: Check = ({ left, right, mode }) => {
  // Without diacritics a word may look like a small one: "lan" is an orchid, and "lần".
  const unmatched = [left.unmatched.length, right.unmatched.length];
  if (!mode.plain && Math.min(...unmatched) === 0) return undefined;
  const begin = sharedLength(left.terms, right.terms, (terms, index) => terms[index]);
  const end = sharedLength(left.terms, right.terms, (terms, index) => terms[terms.length - 1 - index]);
  const middle = (terms: readonly Term[]) =>
    terms.slice(begin, terms.length - Math.min(end, terms.length - begin));
  const [mine, theirs] = [middle(left.terms), middle(right.terms)];
  const among = (terms: readonly Term[], unmatched: readonly Term[]) =>
    unmatched.every((term) => terms.includes(term));
  if (!among(mine, left.unmatched) || !among(theirs, right.unmatched)) return undefined;
  const shared = left.terms.length - mine.length;
  if (mine.length > maxSubstituted || theirs.length > maxSubstituted || shared < 1) return undefined;
  if (mine.length === 0 || theirs.length === 0) return undefined;
  if (
    Math.max(...unmatched) === 0 &&
    !(
      mine.length === 1 &&
      theirs.length === 1 &&
      [...mine, ...theirs].some(({ key, kind }) => kind === 'function' && !surelySmall.has(key))
    )
  )
    return undefined;
  return { kind: 'substitution', detail: `${keysOf(mine)} / ${keysOf(theirs)}` };
};

const maxSubstituted = 3;

/** Small words without diacritics that are hardly ever another word. */
const surelySmall = new Set(
  'toi minh em anh chi ban m t b e a ad admin shop bot may tao to cau ta la thi ma va hay hoac voi cua cho o tai tu den de do boi vi neu nhu khi luc co bi duoc dc da dang se cung van con cac nhung mot cai gi nao sao dau bao nhieu bn the vay lam cach kieu nhi nhe nha oi ha do day kia roi luon di nua xin giup hoi biet muon can nen phai rat lam qua that'.split(
    ' ',
  ),
);

const keysOf = (terms: readonly Term[]) => terms.map(({ key }) => key).join(' ');

function sharedLength(
  left: readonly Term[],
  right: readonly Term[],
  at: (terms: readonly Term[], index: number) => Term | undefined,
): number {
  let length = 0;
  while (length < Math.min(left.length, right.length) && at(left, length)?.key === at(right, length)?.key)
    length += 1;
  return length;
}
