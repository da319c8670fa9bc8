import type { Entity } from '@weir/contracts/guardrails/entities';
import * as numbers from './numbers.ts';
import { cut, type Groups } from './numbers.ts';
import type { Random } from './random.ts';

/** How personal data of a kind is made. */
export interface ValueKind {
  readonly entity: Entity;
  readonly name: string;
  readonly make: (random: Random) => Groups;
  /** What may stand between its groups. */
  readonly separators: readonly string[];
  /** Whether words around it must name it, or it acts alone. */
  readonly needsWords: boolean;
  /** What evasions do to it: change its digits, or any of its characters. */
  readonly evadedBy: 'digits' | 'characters' | 'nothing';
}

const between = ['', ' ', '.', '-', ' - '];
const kind = (
  entity: Entity,
  name: string,
  make: ValueKind['make'],
  rest: Partial<ValueKind> = {},
): ValueKind => ({ entity, name, make, separators: between, needsWords: false, evadedBy: 'digits', ...rest });

const whole = { separators: [''], evadedBy: 'characters' } as const;
const weak = { needsWords: true } as const;
const words = { needsWords: true, evadedBy: 'nothing' } as const;
const alphanumeric = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const hex = '0123456789abcdef';
const key = (start: string, length: number, alphabet = alphanumeric) =>
  kind('secret', start, (random) => [start + random.characters(alphabet, length)], whole);

const people = ['nam.nguyen', 'tran_thi.hoa', 'le-van-c', 'pham.d+weir', 'user99', 'anna.smith'];
const hosts = ['example.com', 'mail.example.com.vn', 'example.org', 'cong-ty.example.vn', 'example.co.uk'];

const surnames = [
  'Nguyễn',
  'Trần',
  'Lê',
  'Phạm',
  'Hoàng',
  'Huỳnh',
  'Phan',
  'Vũ',
  'Võ',
  'Đặng',
  'Bùi',
  'Đỗ',
  'Hồ',
  'Ngô',
  'Dương',
  'Lý',
];
const middles = ['Văn', 'Thị', 'Minh', 'Thị Thu', 'Quốc', 'Ngọc'];
const given = ['An', 'Bình', 'Hà', 'Linh', 'Tuấn', 'Phương', 'Đức', 'Yến'];
const streets = ['Lê Lợi', 'Trần Hưng Đạo', 'Nguyễn Huệ', 'Hai Bà Trưng', 'Láng Hạ'];

function day(random: Random): { day: string; month: string; year: string } {
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    day: two(random.integer(1, 28)),
    month: two(random.integer(1, 12)),
    year: String(random.integer(1940, 2010)),
  };
}

export const valueKinds: readonly ValueKind[] = [
  kind('email', 'address', (random) => [`${random.pick(people)}@${random.pick(hosts)}`], whole),
  ...Object.entries(numbers.phones).map(([name, make]) => kind('phone', name, make)),
  kind('cccd', 'domestic', (random) => cut(numbers.domesticIdentity(random), 3, 3, 3)),
  kind('cccd', 'domestic in fours', (random) => cut(numbers.domesticIdentity(random), 4, 4)),
  kind(
    'mst',
    'branch',
    (random) => [`${numbers.taxCode(random)}-0${random.integer(0, 9)}${random.integer(1, 9)}`],
    { separators: [''] },
  ),
  kind(
    'bhyt',
    'card',
    (random) => [
      random.pick(['DN', 'HX', 'CH', 'NN', 'TK', 'HC', 'XK', 'HT', 'TB', 'TE', 'HS']),
      String(random.integer(1, 5)),
      `${random.integer(0, 8)}${random.integer(1, 9)}`,
      random.digits(10),
    ],
    { separators: ['', ' ', '-'] },
  ),
  kind('bank_card', 'napas', (random) => cut(numbers.cardNumber(random, '9704', 16), 4, 4, 4)),
  kind('bank_card', 'napas of 19', (random) => cut(numbers.cardNumber(random, '9704', 19), 4, 4, 4, 4)),
  kind('bank_card', 'visa', (random) => cut(numbers.cardNumber(random, '4', 16), 4, 4, 4)),
  kind('bank_card', 'mastercard', (random) => cut(numbers.cardNumber(random, '53', 16), 4, 4, 4)),
  kind('bank_card', 'amex', (random) => cut(numbers.cardNumber(random, '37', 15), 4, 6)),
  kind('bank_card', 'jcb', (random) => cut(numbers.cardNumber(random, '3530', 16), 4, 4, 4)),
  kind('iban', 'whole', (random) => [numbers.iban(random)], whole),
  kind('iban', 'in fours', (random) => numbers.iban(random).match(/.{1,4}/g) ?? [], {
    separators: [' '],
    evadedBy: 'characters',
  }),
  kind(
    'us_ssn',
    'grouped',
    (random) => [`${random.integer(100, 665)}-${random.integer(10, 99)}-${random.integer(1000, 9999)}`],
    { separators: [''] },
  ),
  kind(
    'ip_address',
    'v4',
    (random) => [
      [random.integer(11, 223), random.integer(0, 255), random.integer(0, 255), random.integer(1, 254)].join(
        '.',
      ),
    ],
    { separators: [''] },
  ),
  kind(
    'ip_address',
    'v6',
    (random) => [
      [
        '2001',
        'db8',
        ...Array.from({ length: 6 }, () => `${random.integer(1, 9)}${random.characters(hex, 3)}`),
      ].join(':'),
    ],
    whole,
  ),
  key('sk-proj-', 48),
  key('sk-ant-api03-', 60),
  key('ghp_', 36),
  key('AKIA', 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'),
  key('AIza', 35),
  key('xoxb-1234567890-', 24),
  key('sk_live_', 24),
  key('hf_', 34),
  key('glpat-', 20),
  kind(
    'secret',
    'jwt',
    (random) => [
      `eyJ${random.characters(alphanumeric, 20)}.eyJ${random.characters(alphanumeric, 40)}.${random.characters(alphanumeric, 43)}`,
    ],
    whole,
  ),
  kind(
    'secret',
    'private key',
    (random) => [
      `-----BEGIN RSA PRIVATE KEY-----\n${random.characters(alphanumeric, 64)}\n${random.characters(alphanumeric, 40)}==\n-----END RSA PRIVATE KEY-----`,
    ],
    { ...whole, evadedBy: 'nothing' },
  ),
  kind(
    'cccd',
    'foreign born',
    (random) => cut(`${random.integer(101, 295)}${random.digits(9)}`, 3, 3, 3),
    weak,
  ),
  kind('cmnd', 'nine digits', (random) => cut(`0${random.integer(1, 9)}${random.digits(7)}`, 3, 3), weak),
  kind('mst', 'ten digits', (random) => cut(numbers.taxCode(random), 4, 3), {
    ...weak,
    separators: ['', ' '],
  }),
  kind('bhxh', 'ten digits', (random) => cut(`79${random.digits(8)}`, 4, 3), {
    ...weak,
    separators: ['', ' '],
  }),
  kind(
    'driving_licence',
    'twelve digits',
    (random) => cut(`${random.integer(10, 79)}0${random.digits(9)}`, 6),
    { ...weak, separators: ['', ' '] },
  ),
  kind(
    'bank_account',
    'digits',
    (random) => cut(`${random.integer(1, 9)}${random.digits(random.integer(8, 13))}`, 4, 4),
    { ...weak, separators: ['', ' '] },
  ),
  kind('passport', 'form', (random) => [random.pick(['B', 'C', 'N', 'P', 'K']) + random.digits(7)], {
    ...weak,
    separators: [''],
  }),
  kind(
    'plate',
    'five digits',
    (random) => [
      `${random.integer(11, 99)}${random.pick(['A', 'B', 'F', 'H'])}-${random.digits(3)}.${random.digits(2)}`,
    ],
    { ...weak, separators: [''] },
  ),
  kind(
    'plate',
    'motorcycle',
    (random) => [
      `${random.integer(11, 99)}-${random.pick(['B1', 'C2', 'X5'])} ${random.digits(3)}.${random.digits(2)}`,
    ],
    { ...weak, separators: [''] },
  ),
  kind('date_of_birth', 'figures', (random) => Object.values(day(random)), {
    ...weak,
    separators: ['/', '-', '.'],
  }),
  kind(
    'date_of_birth',
    'in words',
    (random) => {
      const date = day(random);
      return [`${Number(date.day)} tháng ${Number(date.month)} năm ${date.year}`];
    },
    { ...words, separators: [''] },
  ),
  kind(
    'person_name',
    'vietnamese',
    (random) => [random.pick(surnames), random.pick(middles), random.pick(given)],
    { ...words, separators: [' '] },
  ),
  kind(
    'address',
    'old tiers',
    (random) => [
      `${random.integer(1, 300)} đường ${random.pick(streets)}`,
      `phường ${random.integer(1, 15)}`,
      `quận ${random.integer(1, 12)}`,
      'TP. Hồ Chí Minh',
    ],
    { ...words, separators: [', '] },
  ),
  kind(
    'address',
    'new tiers',
    (random) => [`số ${random.integer(1, 300)} phố ${random.pick(streets)}`, 'phường Ba Đình', 'Hà Nội'],
    { ...words, separators: [', '] },
  ),
];
