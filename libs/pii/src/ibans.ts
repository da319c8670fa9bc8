import { type Candidate, strong } from './candidate.ts';
import { isDigit, isLetter } from './characters.ts';
import type { Tokens } from './tokens.ts';

/** Lengths of IBANs by country: what is of another length is none. */
const ibanLengths: Readonly<Record<string, number>> = {
  ...{
    AD: 24,
    AE: 23,
    AL: 28,
    AT: 20,
    AZ: 28,
    BA: 20,
    BE: 16,
    BG: 22,
    BH: 22,
    BR: 29,
    BY: 28,
    CH: 21,
    CR: 22,
    CY: 28,
  },
  ...{
    CZ: 24,
    DE: 22,
    DK: 18,
    DO: 28,
    EE: 20,
    EG: 29,
    ES: 24,
    FI: 18,
    FO: 18,
    FR: 27,
    GB: 22,
    GE: 22,
    GI: 23,
    GL: 18,
  },
  ...{
    GR: 27,
    GT: 28,
    HR: 21,
    HU: 28,
    IE: 22,
    IL: 23,
    IQ: 23,
    IS: 26,
    IT: 27,
    JO: 30,
    KW: 30,
    KZ: 20,
    LB: 28,
    LC: 32,
  },
  ...{
    LI: 21,
    LT: 20,
    LU: 20,
    LV: 21,
    MC: 27,
    MD: 24,
    ME: 22,
    MK: 19,
    MR: 27,
    MT: 31,
    MU: 30,
    NL: 18,
    NO: 15,
    PK: 24,
  },
  ...{
    PL: 28,
    PS: 29,
    PT: 25,
    QA: 29,
    RO: 24,
    RS: 22,
    SA: 24,
    SE: 24,
    SI: 19,
    SK: 24,
    SM: 27,
    TN: 24,
    TR: 26,
    UA: 29,
  },
};
/** With a separator between every two. */
export const maxIbanLength = 63;

/** The characters from a token on without the separators between them, up to `count`, and where they end. */
function gather(tokens: Tokens, token: number, count: number): { value: string; end: number; next: number } {
  let value = tokens.word(token);
  let next = token + 1;
  while (
    value.length < count &&
    tokens.isJoined(next - 1) &&
    tokens.start(next) - tokens.end(next - 1) <= 1
  ) {
    value += tokens.word(next);
    next += 1;
  }
  return { value: value.toUpperCase(), end: tokens.end(next - 1), next };
}

function ibanLength(tokens: Tokens, token: number): number | undefined {
  const second = tokens.start(token) + 1;
  if (!isLetter(tokens.text.at(second)) || !isDigit(tokens.text.at(second + 1))) return undefined;
  const word = tokens.slice(token, 4).toUpperCase();
  return /^[A-Z]{2}\d{2}$/.test(word) ? ibanLengths[word.slice(0, 2)] : undefined;
}

/** The IBAN that begins with a token, or undefined. */
export function ibanAt(tokens: Tokens, token: number): Candidate | undefined {
  const length = ibanLength(tokens, token);
  if (length === undefined) return undefined;
  const { value, end } = gather(tokens, token, length);
  if (value.length !== length) return undefined;
  let remainder = 0;
  for (const character of value.slice(4) + value.slice(0, 4)) {
    const number = parseInt(character, 36);
    remainder = (remainder * (number > 9 ? 100 : 10) + number) % 97;
  }
  return remainder === 1 ? strong('iban', 'iban.checked', tokens.start(token), end, 0.98) : undefined;
}

/** Whether an IBAN that begins with a token may go on behind the token `last`. */
export function isOpenIban(tokens: Tokens, token: number, last: number): boolean {
  const length = ibanLength(tokens, token);
  return length !== undefined && gather(tokens, token, length).next > last;
}
