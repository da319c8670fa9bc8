import type { Level } from '@weir/contracts/guardrails/entities';
import { type Candidate, choose, toFinding } from './candidate.ts';
import { confusableDigit, isKeyCharacter } from './characters.ts';
import { findAddress } from './find-addresses.ts';
import { findCodes } from './find-codes.ts';
import { findDate } from './find-dates.ts';
import { emailAt } from './find-emails.ts';
import { findName } from './find-names.ts';
import { findNumbers } from './find-numbers.ts';
import { assignedSecretAt, keyAt, keyWordEnd, passwordInUrl, privateKeyAt } from './find-secrets.ts';
import type { PiiFinding, ScanOptions } from './finding.ts';
import { wordKinds } from './lexicon.ts';
import { type NormalizedText, normalize } from './normalize.ts';
import { Tokens } from './tokens.ts';

/** All personal data and secrets of a text, in the order of their starts, none overlapping another. Takes time linear in its length. */
export function findPersonalData(text: string, options: ScanOptions): PiiFinding[] {
  const normalized = normalize(text, options.isJson);
  return choose(normalized, collect(new Tokens(normalized), options.level)).map((candidate) =>
    toFinding(normalized, candidate),
  );
}

/** All that may be a finding, in units of the normalised text. Some overlap others. */
export function collect(tokens: Tokens, level: Level): Candidate[] {
  const found: Candidate[] = [];
  findByTokens(tokens, level, found);
  findBySigns(tokens.text, found);
  return found;
}

function findByTokens(tokens: Tokens, level: Level, found: Candidate[]): void {
  const { text } = tokens;
  let keyEnd = 0;
  for (let token = 0, numbersFrom = 0, addressFrom = 0; token < tokens.count; token += 1) {
    const start = tokens.start(token);
    if (start >= keyEnd && mayBeKey(tokens, token)) {
      const wordEnd = keyWordEnd(text, start);
      const key = keyAt(text, start, wordEnd);
      if (key) found.push(key);
      keyEnd = key?.end ?? wordEnd;
    }
    if (token >= addressFrom) addressFrom = findAddress(tokens, token, found);
    findDate(tokens, token, level, found);
    findCodes(tokens, token, level, found);
    if (tokens.digitCount(token) > 0 || isDisguised(tokens, token)) {
      if (token >= numbersFrom) numbersFrom = findNumbers(tokens, token, level, found);
    } else {
      findName(tokens, token, level, found);
      const secret = tokens.mayBe(token, wordKinds.secretName) ? assignedSecretAt(text, start) : undefined;
      if (secret) found.push(secret);
    }
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
  if (isKeyCharacter(text.at(tokens.start(token) - 1))) return false;
  const next = text.at(tokens.end(token));
  return tokens.length(token) >= 12 || isKeyCharacter(next) || next === 46 || next === 58;
}

/** What is found by a sign within it. */
function findBySigns(text: NormalizedText, found: Candidate[]): void {
  const signs = /@|:\/\/|-----BEGIN/g;
  text.reads += text.length;
  for (let match = signs.exec(text.text); match; match = signs.exec(text.text)) {
    const candidate =
      match[0] === '@'
        ? emailAt(text, match.index)
        : match[0] === '://'
          ? passwordInUrl(text, match.index)
          : privateKeyAt(text, match.index);
    if (candidate) found.push(candidate);
  }
}
