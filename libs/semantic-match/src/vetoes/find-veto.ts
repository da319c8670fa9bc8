import { compare, modesOf, opposedTerms, type Comparison, type Side } from './comparison.ts';
import { answersDiffer, askedOf } from './asked.ts';
import { swappedTerms } from './order.ts';
import { maxCharacters, Reading, type Term } from './reading.ts';

export type VetoKind =
  | 'language'
  | 'number'
  | 'unit'
  | 'currency'
  | 'date'
  | 'negation'
  | 'antonym'
  | 'comparative'
  | 'scope'
  | 'entity'
  | 'code'
  | 'quote'
  | 'order'
  | 'question'
  | 'substitution'
  | 'length';

/** Why an answer to one question must not be served for another, however alike they are. */
export interface Veto {
  readonly kind: VetoKind;
  /** What differs, for those who look into a decision. It is text of the questions. */
  readonly detail?: string;
}

type Check = (comparison: Comparison) => Veto | undefined;

/** The first reason against serving the answer to `candidate` for `question`. Linear in the length of both. */
export function findVeto(question: string, candidate: string): Veto | undefined {
  return findVetoBetween(new Reading(question), new Reading(candidate));
}

/** The same of texts that have been read. */
export function findVetoBetween(question: Reading, candidate: Reading): Veto | undefined {
  return allVetoes(question, candidate).next().value;
}

/** All reasons, one a check: for measurements. */
export function* allVetoes(question: Reading, candidate: Reading): Generator<Veto, undefined> {
  if (question.text === candidate.text) return undefined;
  if (Math.max(question.text.length, candidate.text.length) > maxCharacters) {
    yield { kind: 'length' };
    return undefined;
  }
  if (sameWords(question, candidate)) return undefined;
  if (languagesDiffer(question, candidate))
    yield { kind: 'language', detail: `${question.language} ${candidate.language}` };
  for (const mode of modesOf(question, candidate)) {
    const comparison = compare(question, candidate, mode);
    for (const check of checks) {
      const veto = check(comparison);
      if (veto !== undefined) yield veto;
    }
  }
  return undefined;
}

function sameWords({ tokens }: Reading, other: Reading): boolean {
  return (
    tokens.length === other.tokens.length &&
    tokens.every(({ written, kind }, index) => {
      const theirs = other.tokens[index];
      return theirs?.kind === kind && theirs.written === written;
    })
  );
}

function languagesDiffer(left: Reading, right: Reading): boolean {
  if (left.language === right.language) return false;
  if (left.language !== 'unknown' && right.language !== 'unknown') return true;
  const [known, unknown] = left.language === 'unknown' ? [right, left] : [left, right];
  if (known.language.startsWith('other:')) return true;
  // Text with diacritics and plain text without a word in common.
  const words = new Set(known.tokens.map(({ plain }) => plain));
  return (
    known.marked &&
    !unknown.marked &&
    unknown.tokens.length > 1 &&
    !unknown.tokens.some(({ plain }) => words.has(plain))
  );
}

const numbersOf = (terms: readonly Term[], weakToo: boolean) =>
  terms.filter(({ kind, weak }) => kind === 'number' && (weakToo || !weak)).map(({ key }) => key);

/** Numbers that signs join, in their order: "1/2", "10-5". */
function joinedNumbers(terms: readonly Term[]): string[] {
  const runs: string[] = [];
  let run: string[] = [];
  for (const { kind, key } of terms) {
    if (kind === 'number' || (kind === 'sign' && run.length > 0)) run.push(key);
    else {
      if (run.length > 2) runs.push(run.join(''));
      run = [];
    }
  }
  if (run.length > 2) runs.push(run.join(''));
  return runs.sort();
}

const numbers: Check = ({ left, right }) => {
  const differ = (weakToo: boolean) =>
    !sameNumbers(numbersOf(left.terms, weakToo), numbersOf(right.terms, weakToo));
  if (!differ(true) || !differ(false)) {
    const [mine, theirs] = [joinedNumbers(left.terms).join(' '), joinedNumbers(right.terms).join(' ')];
    return mine === theirs ? undefined : { kind: 'number', detail: `${mine} / ${theirs}` };
  }
  return {
    kind: 'number',
    detail: `${numbersOf(left.terms, false).join()} / ${numbersOf(right.terms, false).join()}`,
  };
};

/** In any order; and a number that one text only repeats is no other number. */
function sameNumbers(left: readonly string[], right: readonly string[]): boolean {
  const distinct = (keys: readonly string[]) =>
    (left.length === right.length ? [...keys] : [...new Set(keys)]).sort().join();
  return distinct(left) === distinct(right);
}

const opposed: Check = (comparison) => {
  const found = opposedTerms(comparison);
  if (found === undefined) return undefined;
  return {
    kind: found.sense === 'affix' ? 'antonym' : found.sense.kind,
    detail: `${found.left.key} / ${found.right.key}`,
  };
};

const negations: Check = ({ left, right, mode }) => {
  const count = ({ reading, terms, only }: Side) =>
    terms.filter(({ kind }) => kind === 'negation').length +
    (mode.plain ? only.filter((term) => mayDeny(reading, term)).length : 0);
  const [mine, theirs] = [count(left), count(right)];
  const reversed = reverserOf(left, right) ?? reverserOf(right, left);
  if (mine === theirs && reversed === undefined) return undefined;
  return { kind: 'negation', detail: reversed ?? `${mine} / ${theirs}` };
};

/** A word that only one text has, that turns round what follows, which both have: "stop", "bỏ", "vô". */
function reverserOf(side: Side, other: Side): string | undefined {
  if (other.unmatched.length > 0) return undefined;
  const only = new Set(side.unmatched);
  return side.terms.find((term, index) => {
    const next = side.terms[index + 1];
    return reversers.has(term.key) && only.has(term) && next !== undefined && !only.has(next);
  })?.key;
}

const reversers = new Set(
  'stop quit avoid prevent cancel undo revok remov delet ban bỏ hủy huỷ ngừng ngưng dừng vô bất phi chống tránh bo huy ngung vo bat chong tranh hết het'.split(
    ' ',
  ),
);

/** Without diacritics "đừng" and "khỏi" look like other words: they count where only one text has them. */
function mayDeny({ tokens, marked }: Reading, { key, token }: Term): boolean {
  if (key !== 'dung' && key !== 'khoi') return false;
  if (marked) return tokens[token]?.word === 'đừng' || tokens[token]?.word === 'khỏi';
  return !compoundsOfUse.has(tokens[token - 1]?.plain ?? '');
}

/** "ứng dụng", "sử dụng", "nội dung". */
const compoundsOfUse = new Set('ung su ap tac noi xay tieu tan thuc co chan bao'.split(' '));

const order: Check = (comparison) => {
  const swapped = swappedTerms(comparison);
  return swapped === undefined ? undefined : { kind: 'order', detail: swapped };
};

const questionWords: Check = ({ left, right, mode }) => {
  const [mine, theirs] = [askedOf(left.reading, mode.language), askedOf(right.reading, mode.language)];
  const sameSubject = left.unmatched.length + right.unmatched.length === 0;
  return answersDiffer(mine, theirs, sameSubject)
    ? { kind: 'question', detail: `${mine} / ${theirs}` }
    : undefined;
};

const names: Check = ({ left, right }) => {
  const mine = left.unmatched.filter(({ name }) => name);
  const theirs = right.unmatched.filter(({ name }) => name);
  const both = mine.length > 0 && theirs.length > 0;
  return both
    ? {
        kind: 'entity',
        detail: `${mine.map(({ key }) => key).join(' ')} / ${theirs.map(({ key }) => key).join(' ')}`,
      }
    : undefined;
};

/** Texts that are the same but for one place, where other words stand whose meaning is not known to be the same. */
const substitution: Check = ({ left, right, mode }) => {
  // Without diacritics a word may look like a small one: "lan" is an orchid, and "lần".
  const unmatched = [left.unmatched.length, right.unmatched.length];
  if ((mode.plain ? Math.max(...unmatched) : Math.min(...unmatched)) === 0) return undefined;
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
  return { kind: 'substitution', detail: `${keysOf(mine)} / ${keysOf(theirs)}` };
};

const maxSubstituted = 3;

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

const checks: readonly Check[] = [numbers, opposed, negations, order, names, questionWords, substitution];
