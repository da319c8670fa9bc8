import { compare, modesOf, opposedTerms } from './comparison.ts';
import { answersDiffer, askedOf } from './asked.ts';
import { negations } from './denials.ts';
import { substitution } from './substitution.ts';
import type { Check, Veto } from './veto.ts';
import { swappedTerms } from './order.ts';
import { maxCharacters, Reading, type Term } from './reading.ts';

export type { Veto, VetoKind } from './veto.ts';

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

const checks: readonly Check[] = [numbers, opposed, negations, order, names, questionWords, substitution];
