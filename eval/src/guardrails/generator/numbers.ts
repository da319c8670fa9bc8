import { luhnSum, provinces, taxCheckDigit } from '../tier.ts';
import type { Random } from './random.ts';

/** Numbers that are valid by their rules and belong to nobody in particular, in the groups in which people write them. */
export type Groups = readonly string[];

/** Cuts digits into groups of so many; the last takes the rest. */
export function cut(digits: string, ...sizes: number[]): Groups {
  const groups: string[] = [];
  let place = 0;
  for (const size of sizes) groups.push(digits.slice(place, (place += size)));
  return [...groups, digits.slice(place)].filter((group) => group !== '');
}

const mobileStarts =
  '32 33 34 35 36 37 38 39 51 56 58 59 522 523 528 559 70 76 77 78 79 81 82 83 84 85 86 87 88 896 897 898 899 90 91 92 93 94 95 96 97 98 990 991 993 999'.split(
    ' ',
  );
const landlineStarts =
  '203 210 220 225 228 232 239 243 248 251 254 260 263 269 270 274 277 283 287 290 294 296 299'.split(' ');
const oldStarts = '120 121 122 128 129 162 163 166 168 169 186 188 199'.split(' ');

function national(random: Random, starts: readonly string[], length: number): string {
  const start = random.pick(starts);
  return start + random.digits(length - start.length);
}

export const mobile = (random: Random) => national(random, mobileStarts, 9);
export const landline = (random: Random) => national(random, landlineStarts, 10);
export const oldMobile = (random: Random) => national(random, oldStarts, 10);

export const phones: Readonly<Record<string, (random: Random) => Groups>> = {
  mobile: (random) => cut(`0${mobile(random)}`, 4, 3),
  mobileInThrees: (random) => cut(`0${mobile(random)}`, 3, 3),
  withPlus: (random) => ['+84', ...cut(mobile(random), 3, 3)],
  withPlusAndZero: (random) => ['+84', '(0)', ...cut(mobile(random), 2, 3)],
  withCountry: (random) => ['84', ...cut(mobile(random), 2, 3)],
  withTwoZeros: (random) => ['0084', ...cut(mobile(random), 3, 3)],
  landline: (random) => cut(`0${landline(random)}`, 3, 4),
  landlineInBrackets: (random) => {
    const [area = '', ...rest] = cut(`0${landline(random)}`, 4, 3);
    return [`(${area})`, ...rest];
  },
  oldMobile: (random) => cut(`0${oldMobile(random)}`, 4, 3),
  british: (random) => ['+44', '20', ...cut(`7${random.digits(7)}`, 4)],
};

/** An identity number of somebody born in Vietnam. */
export function domesticIdentity(random: Random): string {
  const [century, lastYear] = random.pick([
    ['0', 99],
    ['1', 99],
    ['2', 24],
    ['3', 24],
  ] as const);
  const year = String(random.integer(century < '2' ? 40 : 0, lastYear)).padStart(2, '0');
  return random.pick(provinces) + century + year + random.digits(6);
}

/** Ten digits, the last by the others. */
export function taxCode(random: Random): string {
  for (;;) {
    const first = `0${random.integer(1, 9)}${random.digits(7)}`;
    const last = taxCheckDigit(first);
    if (last < 10) return `${first}${last}`;
  }
}

/** A card's number of some length, with its check digit. */
export function cardNumber(random: Random, start: string, length: number): string {
  const body = start + random.digits(length - start.length - 1);
  return body + String((10 - (luhnSum(`${body}0`) % 10)) % 10);
}

export function iban(random: Random): string {
  const [country, body] = random.pick([
    ['DE', random.digits(18)],
    ['FR', random.digits(23)],
    ['GB', random.characters('ABCDEFGHKLM', 4) + random.digits(14)],
    ['NL', random.characters('ABCDEFGHKLM', 4) + random.digits(10)],
  ] as const);
  const inDigits = Array.from(`${body}${country}00`, (character) => parseInt(character, 36)).join('');
  return `${country}${String(98n - (BigInt(inDigits) % 97n)).padStart(2, '0')}${body}`;
}
