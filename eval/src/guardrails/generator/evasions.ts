import type { Random } from './random.ts';
import type { ValueKind } from './values.ts';

/** A way in which personal data is written so that a simple detector does not see it. */
export interface Evasion {
  readonly name: string;
  readonly applies: (kind: ValueKind) => boolean;
  /** Changes the value. */
  readonly change?: (value: string, random: Random) => string;
  /** Changes all of the text, part by part. */
  readonly changeAll?: (part: string) => string;
  /** What stands right before and behind the value. */
  readonly neighbours?: readonly [string, string];
  readonly form?: 'json';
}

const evadable = ({ evadedBy }: ValueKind) => evadedBy !== 'nothing';
const hasDigits = ({ evadedBy, entity }: ValueKind) =>
  evadedBy === 'digits' || (evadedBy === 'characters' && entity === 'email');
const isNumber = ({ evadedBy, entity }: ValueKind) => evadedBy === 'digits' && entity !== 'ip_address';
const isDigitsOnly = (kind: ValueKind) =>
  isNumber(kind) && !['plate', 'passport', 'date_of_birth', 'us_ssn'].includes(kind.entity);
/** Of which more than one may stand side by side: they begin and end with digits. */
const isTierOneNumber = (kind: ValueKind) =>
  isDigitsOnly(kind) && !kind.needsWords && kind.entity !== 'bhyt' && kind.name !== 'landlineInBrackets';

const block = (zero: number) => (value: string) =>
  value.replace(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)));
const insert = (characters: readonly string[]) => (value: string, random: Random) =>
  Array.from(
    value,
    (character, place) => (place > 0 && random.next() < 0.4 ? random.pick(characters) : '') + character,
  ).join('');
const swap =
  (letters: Readonly<Record<string, readonly string[]>>, share: number) => (value: string, random: Random) =>
    value.replace(/[0-9A-Za-z]/g, (character) => {
      const others = letters[character];
      return others && random.next() < share ? random.pick(others) : character;
    });
const fullWidth = (value: string) =>
  value.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
const circled = (value: string) =>
  value.replace(/[0-9]/g, (digit) =>
    digit === '0' ? '\u24ea' : String.fromCharCode(0x245f + Number(digit)),
  );
const mathematical = block(0x1d7ce);
const zeroWidth = insert(['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff']);
const bare = (part: string) =>
  part.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
const escaped = (part: string) =>
  part.replace(/[^ -~]|["\\@+]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const cyrillic = { a: ['\u0430'], e: ['\u0435'], o: ['\u043e'], c: ['\u0441'], p: ['\u0440'] };

export const evasions: readonly Evasion[] = [
  { name: 'plain', applies: () => true },
  { name: 'full width', applies: evadable, change: fullWidth },
  { name: 'circled digits', applies: hasDigits, change: circled },
  { name: 'mathematical digits', applies: hasDigits, change: mathematical },
  { name: 'arabic digits', applies: hasDigits, change: block(0x0660) },
  { name: 'devanagari digits', applies: hasDigits, change: block(0x0966) },
  { name: 'zero width', applies: evadable, change: zeroWidth },
  { name: 'soft hyphens', applies: evadable, change: insert(['\u00ad']) },
  { name: 'letters for digits', applies: isDigitsOnly, change: swap({ 0: ['O', 'o'], 1: ['l', 'I'] }, 0.6) },
  { name: 'cyrillic for zero', applies: isDigitsOnly, change: swap({ 0: ['\u041e', '\u043e'] }, 0.6) },
  { name: 'cyrillic letters', applies: ({ entity }) => entity === 'email', change: swap(cyrillic, 0.5) },
  {
    name: 'odd separators',
    applies: isNumber,
    change: (value) => value.replaceAll(' ', '\u00a0').replaceAll('-', '\u2013'),
  },
  {
    name: 'every digit apart',
    applies: (kind) => isDigitsOnly(kind) && kind.entity !== 'mst',
    change: (value) => value.replace(/(\d)(?=\d)/g, '$1 '),
  },
  {
    name: 'dotted digits',
    applies: (kind) => isDigitsOnly(kind) && kind.entity !== 'mst',
    change: (value) => value.replace(/(\d)(?=\d)/g, '$1.'),
  },
  {
    name: 'several at once',
    applies: isDigitsOnly,
    change: (value, random) => zeroWidth(random.pick([fullWidth, circled, block(0x0966)])(value), random),
  },
  { name: 'behind a number', applies: isTierOneNumber, neighbours: ['5 ', ''] },
  { name: 'behind an amount', applies: isTierOneNumber, neighbours: ['2.200 ', ''] },
  { name: 'between numbers', applies: isTierOneNumber, neighbours: ['12 ', ' 15'] },
  {
    name: 'touching letters',
    applies: (kind) => isTierOneNumber(kind) && !/^withPlus|british/.test(kind.name),
    neighbours: ['số', 'ạ'],
  },
  { name: 'decomposed', applies: () => true, changeAll: (part) => part.normalize('NFD') },
  { name: 'without marks', applies: () => true, changeAll: bare },
  { name: 'full width text', applies: evadable, changeAll: fullWidth },
  {
    name: 'upper case',
    applies: ({ entity }) => entity !== 'secret',
    changeAll: (part) => part.toUpperCase(),
  },
  {
    name: 'lower case',
    applies: (kind) => kind.entity !== 'secret' && evadable(kind),
    changeAll: (part) => part.toLowerCase(),
  },
  { name: 'json', applies: () => true, changeAll: escaped, form: 'json' },
];
