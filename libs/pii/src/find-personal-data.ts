import type { Level } from '@weir/contracts/guardrails/entities';
import { type Candidate, choose, toFinding } from './candidate.ts';
import { confusableDigit, isKeyCharacter } from './characters.ts';
import { findAddress, mayBeAddress } from './find-addresses.ts';
import { findCodes, mayBeCode } from './find-codes.ts';
import { findDate } from './find-dates.ts';
import { emailAt } from './find-emails.ts';
import { findName } from './find-names.ts';
import { findNumbers } from './find-numbers.ts';
import { assignedSecretAt, keyAt, keyWordEnd, passwordInUrl } from './find-secrets.ts';
import type { PiiFinding, ScanOptions } from './finding.ts';
import { wordKinds } from './lexicon.ts';
import { type NormalizedText, normalize } from './normalize.ts';
import { Tokens } from './tokens.ts';

/** All personal data and secrets of a text, in the order of their starts, none overlapping another. Takes time linear in its length. */
export function findPersonalData(text: string, options: ScanOptions): PiiFinding[] {
  return findIn(new Tokens(normalize(text, options.isJson)), options.level);
}

/** The same behind a place that no candidate stands across, in units of the normalised text. */
export function findIn(tokens: Tokens, level: Level, from = 0): PiiFinding[] {
  const chosen = choose(tokens.text, collect(tokens, level, from));
  return chosen.map((candidate) => toFinding(tokens.text, candidate));
}

/** All that may be a finding and begins at `from` or later, in units of the normalised text. Some overlap others. */
export function collect(tokens: Tokens, level: Level, from = 0): Candidate[] {
  const found: Candidate[] = [];
  const first = from === 0 ? 0 : tokens.before(from) + 1;
  if (first > 0) findAssigned(tokens, first, from, found);
  findByTokens(tokens, first, level, found);
  findBySigns(tokens.text, from, found);
  found.push(...tokens.privateKeys.filter(({ start }) => start >= from));
  return found;
}

/** How far before a secret the name may begin to which it is assigned. */
const assignmentReach = 96;

/** Secrets whose names stand before the first token that is looked at: all else begins with a token of its own. */
function findAssigned(tokens: Tokens, first: number, from: number, found: Candidate[]): void {
  for (let token = first - 1; token >= 0 && from - tokens.start(token) <= assignmentReach; token -= 1) {
    if (tokens.digitCount(token) > 0 || !tokens.mayBe(token, wordKinds.secretName)) continue;
    const secret = assignedSecretAt(tokens.text, tokens.start(token));
    if (secret && secret.start >= from) found.push(secret);
  }
}

function findByTokens(tokens: Tokens, first: number, level: Level, found: Candidate[]): void {
  const { text } = tokens;
  let keyEnd = 0;
  for (let token = first, numbersFrom = 0, addressFrom = 0; token < tokens.count; token += 1) {
    const start = tokens.start(token);
    if (start >= keyEnd && mayBeKey(tokens, token)) {
      const wordEnd = keyWordEnd(text, start);
      const key = keyAt(text, start, wordEnd);
      if (key) found.push(key);
      keyEnd = key?.end ?? wordEnd;
    }
    if (token >= addressFrom && mayBeAddress(tokens, token)) addressFrom = findAddress(tokens, token, found);
    const kinds = tokens.kinds(token);
    if (tokens.digitCount(token) > 0) {
      findDate(tokens, token, level, found);
      findCodes(tokens, token, level, found);
      if (token >= numbersFrom) numbersFrom = findNumbers(tokens, token, level, found);
      continue;
    }
    if ((kinds & wordKinds.month) !== 0) findDate(tokens, token, level, found);
    if (mayBeCode(tokens, token)) findCodes(tokens, token, level, found);
    if (isDisguised(tokens, token)) {
      if (token >= numbersFrom) numbersFrom = findNumbers(tokens, token, level, found);
      continue;
    }
    findName(tokens, token, level, found);
    const secret = (kinds & wordKinds.secretName) !== 0 ? assignedSecretAt(text, start) : undefined;
    if (secret) found.push(secret);
  }
}

/** Whether a token is letters that look like digits, and stands before digits. */
const isDisguised = (tokens: Tokens, token: number) =>
  confusableDigit(tokens.text.at(tokens.start(token))) !== undefined &&
  tokens.digitCount(token + 1) > 0 &&
  tokens.isJoined(token) &&
  tokens.digitsOf(token) !== undefined;

/** Whether a token begins a word that is long enough for a key, or goes on behind the token. */
function mayBeKey(tokens: Tokens, token: number): boolean {
  const { text } = tokens;
  const next = text.at(tokens.end(token));
  const isLong = tokens.length(token) >= 12 || isKeyCharacter(next) || next === 46 || next === 58;
  return isLong && !isKeyCharacter(text.at(tokens.start(token) - 1));
}

type SignFinder = (text: NormalizedText, at: number, sign: string) => Candidate | undefined;

/** Signs that stand within things, and what finds the thing around one. */
const signs: readonly (readonly [sign: string, find: SignFinder])[] = [
  ['@', emailAt],
  ['%40', emailAt],
  ['://', passwordInUrl],
];

function findBySigns(text: NormalizedText, from: number, found: Candidate[]): void {
  text.reads += signs.length * (text.length - from);
  for (const [sign, candidateAt] of signs) {
    for (let at = text.text.indexOf(sign, from); at >= 0; at = text.text.indexOf(sign, at + 1)) {
      const candidate = candidateAt(text, at, sign);
      if (candidate) found.push(candidate);
    }
  }
}
