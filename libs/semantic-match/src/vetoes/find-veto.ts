import { compare, opposedTerms, type Comparison } from './comparison.ts';
import { answersDiffer, askedOf } from './asked.ts';
import type { Language } from './languages.ts';
import { swappedTerms } from './order.ts';
import { Reading, type Term } from './reading.ts';

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

/** Longer texts are the same or another question. */
const maxTokens = 2048;

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
  if (sameWords(question, candidate)) return undefined;
  if (question.tokens.length > maxTokens || candidate.tokens.length > maxTokens) {
    yield { kind: 'length' };
    return undefined;
  }
  if (languagesDiffer(question.language, candidate.language))
    yield { kind: 'language', detail: `${question.language} ${candidate.language}` };
  const comparison = compare(question, candidate);
  for (const check of checks) {
    const veto = check(comparison);
    if (veto !== undefined) yield veto;
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

function languagesDiffer(left: Language, right: Language): boolean {
  return left !== right && left !== 'unknown' && right !== 'unknown';
}

const numbersOf = (terms: readonly Term[], weakToo: boolean) =>
  terms.filter(({ kind, weak }) => kind === 'number' && (weakToo || !weak)).map(({ key }) => key);

const numbers: Check = ({ left, right }) => {
  const differ = (weakToo: boolean) =>
    !sameNumbers(numbersOf(left.terms, weakToo), numbersOf(right.terms, weakToo));
  if (!differ(true) || !differ(false)) return undefined;
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

const negations: Check = ({ left, right }) => {
  const count = (terms: readonly Term[]) => terms.filter(({ kind }) => kind === 'negation').length;
  const [mine, theirs] = [count(left.terms), count(right.terms)];
  return mine === theirs ? undefined : { kind: 'negation', detail: `${mine} / ${theirs}` };
};

const order: Check = (comparison) => {
  const swapped = swappedTerms(comparison);
  return swapped === undefined ? undefined : { kind: 'order', detail: swapped };
};

const questionWords: Check = ({ left, right }) => {
  const [mine, theirs] = [askedOf(left.reading), askedOf(right.reading)];
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
const substitution: Check = ({ left, right }) => {
  if (left.unmatched.length === 0 || right.unmatched.length === 0) return undefined;
  const begin = sharedLength(left.terms, right.terms, (terms, index) => terms[index]);
  const end = sharedLength(left.terms, right.terms, (terms, index) => terms[terms.length - 1 - index]);
  const middle = (terms: readonly Term[]) =>
    terms.slice(begin, terms.length - Math.min(end, terms.length - begin));
  const [mine, theirs] = [middle(left.terms), middle(right.terms)];
  const among = (terms: readonly Term[], unmatched: readonly Term[]) =>
    unmatched.every((term) => terms.includes(term));
  if (!among(mine, left.unmatched) || !among(theirs, right.unmatched)) return undefined;
  const shared = left.terms.length - mine.length;
  if (mine.length > maxSubstituted || theirs.length > maxSubstituted || shared < 2) return undefined;
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
