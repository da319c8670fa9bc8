import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect, findPersonalData } from './find-personal-data.ts';
import type { ScanOptions } from './finding.ts';
import { normalize } from './normalize.ts';
import { Tokens } from './tokens.ts';

const found = (text: string, options: ScanOptions = { level: 'balanced' }) =>
  findPersonalData(text, options).map(({ entity, start, end }) => [entity, text.slice(start, end)]);

const tier1 = [
  ['nam.nguyen@example.com.vn', 'email'],
  ['0912 345 678', 'phone'],
  ['+84 912 345 678', 'phone'],
  ['84912345678', 'phone'],
  ['(024) 3812 3456', 'phone'],
  ['0084912345678', 'phone'],
  ['01621234567', 'phone'],
  ['+44 20 7946 0958', 'phone'],
  ['001099012345', 'cccd'],
  ['001 099 012 345', 'cccd'],
  ['0100233488-001', 'mst'],
  ['DN4010123456789', 'bhyt'],
  ['DN 4 01 0123456789', 'bhyt'],
  ['4111 1111 1111 1111', 'bank_card'],
  ['378282246310005', 'bank_card'],
  ['DE89 3704 0044 0532 0130 00', 'iban'],
  ['123-45-6789', 'us_ssn'],
  ['192.168.10.20', 'ip_address'],
  ['2001:db8::8a2e:370:7334', 'ip_address'],
  ['sk-proj-abcdefgh1234567890ABCDEFGH', 'secret'],
  ['AKIAIOSFODNN7EXAMPLE', 'secret'],
  ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'secret'],
  ['eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSM', 'secret'],
] as const;

describe('tier 1 needs no words around it', () => {
  test.each(tier1)('%s is %s', (value, entity) => {
    for (const level of ['balanced', 'strict'] as const) {
      expect(found(`Xin chào ${value}, cảm ơn.`, { level })).toEqual([[entity, value]]);
    }
  });

  test.each(tier1)('%s is %s at the end of a sentence that ends the text', (value, entity) => {
    for (const end of ['.', '...', '!', '?', ').', '."', '.\n'])
      expect(found(`Xin chào ${value}${end}`)).toEqual([[entity, value]]);
  });
});

describe('tier 2 needs words around it, or the level strict', () => {
  test.each([
    ['CMND', '012345678', 'cmnd'],
    ['số CMND là', '012 345 678', 'cmnd'],
    ['mã số thuế', '0100233488', 'mst'],
    ['sổ BHXH', '7912345678', 'bhxh'],
    ['Hộ chiếu số', 'B1234567', 'passport'],
    ['GPLX', '790123456789', 'driving_licence'],
    ['biển số xe', '30A-123.45', 'plate'],
    ['BKS:', '29-B1 123.45', 'plate'],
    ['STK', '19033445566', 'bank_account'],
    ['số tài khoản:', '0071 0009 8765 4', 'bank_account'],
    ['sinh ngày', '15/03/1990', 'date_of_birth'],
    ['DOB', '1990-03-15', 'date_of_birth'],
    ['ngày sinh: ngày', '15 tháng 3 năm 1990', 'date_of_birth'],
    ['date of birth', 'March 15, 1990', 'date_of_birth'],
  ])('%s %s is %s', (context, value, entity) => {
    expect(found(`${context} ${value}.`)).toEqual([[entity, value]]);
    expect(found(`Xin ${value}.`)).toEqual([]);
    expect(found(`Xin ${value}.`, { level: 'strict' }).map(([, text]) => text)).toEqual([value]);
  });

  test.each([
    ['ông Nguyễn Văn An', 'person_name', 'Nguyễn Văn An'],
    ['Họ tên: TRẦN THỊ BÍCH', 'person_name', 'TRẦN THỊ BÍCH'],
    ['my name is John Smith', 'person_name', 'John Smith'],
    [
      'Địa chỉ: số 12 ngõ 34 phố Huế, phường Lê Đại Hành, Hà Nội',
      'address',
      'số 12 ngõ 34 phố Huế, phường Lê Đại Hành, Hà Nội',
    ],
    ['dia chi: so 12 pho hue, ha noi', 'address', 'so 12 pho hue, ha noi'],
    [
      'gặp ở 12/3A đường Lê Lợi, P. Bến Nghé, Q.1, TP.HCM',
      'address',
      '12/3A đường Lê Lợi, P. Bến Nghé, Q.1, TP.HCM',
    ],
    ['at 221 Baker Street, London', 'address', '221 Baker Street, London'],
  ])('%s', (text, entity, value) => {
    expect(found(`${text}; xin hết.`)).toEqual([[entity, value]]);
  });
});

describe('a disguise hides nothing, and the finding has all of it', () => {
  const disguises: [string, (text: string) => string][] = [
    ['full width', (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
    [
      'circled digits',
      (text) => text.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x245f + Number(digit))),
    ],
    [
      'mathematical digits',
      (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
    ],
    ['Arabic digits', (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))],
    [
      'Devanagari digits',
      (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x966 + Number(digit))),
    ],
    ['zero-width characters', (text) => text.split('').join('\u200b')],
    ['soft hyphens', (text) => text.split('').join('\u00ad')],
    ['marks above', (text) => text.replace(/\d/g, '$&\u0307')],
    ['keycaps', (text) => text.replace(/\d/g, '$&\ufe0f\u20e3')],
  ];
  const numbers = tier1.filter(([, entity]) =>
    ['phone', 'cccd', 'mst', 'bank_card', 'us_ssn', 'bhyt'].includes(entity),
  );
  for (const [name, change] of disguises) {
    test(name, () => {
      for (const [value, entity] of numbers)
        expect(found(`gọi ${change(value)}, nhé`)).toEqual([[entity, change(value)]]);
    });
  }

  test.each([
    'O912345678',
    '09l2345678',
    '091234567О',
    'o9I2 345 678',
    '0-9-1-2-3-4-5-6-7-8',
    '0912–345–678',
    '[0912] 345_678',
    'sdt0912345678',
  ])('%s is a telephone number', (value) => {
    expect(found(`Gọi ${value} nhé`).map(([entity]) => entity)).toEqual(['phone']);
  });

  test('escapes of JSON count as what they stand for', () => {
    const text = '{"a":"nam\\u0040example.com","b":"s\\u1ed1 CMND: 0123\\u00345678","c":"\\n0912345678"}';
    expect(found(text, { level: 'balanced', isJson: true })).toEqual([
      ['email', 'nam\\u0040example.com'],
      ['cmnd', '0123\\u00345678'],
      ['phone', '0912345678'],
    ]);
  });

  test('escapes of JSON are read in whatever was read before, an escaped backslash too', () => {
    const options = { level: 'balanced', isJson: true } as const;
    expect(found('"C:\\\\nam", "nam\\u0040example.com"', options)).toEqual([
      ['email', 'nam\\u0040example.com'],
    ]);
    expect(found('"nam\\u0040example.com"', options)).toEqual([['email', 'nam\\u0040example.com']]);
  });

  test.each([
    String.raw`{"mail":"nam\u0040example.com"}`,
    String.raw`nam\u0040example.com`,
    String.raw`nam\\\\u0040example.com`,
    'https://shop.vn/?mail=nam%40example.com&page=2',
  ])('%s has an email, whose sign is escaped', (text) => {
    for (const isJson of [false, true]) {
      const [one, ...others] = found(text, { level: 'balanced', isJson });
      expect([one?.[0], others]).toEqual(['email', []]);
      expect(one?.[1]).toMatch(/nam.*example\.com$/);
    }
  });
});

test('numbers that stand side by side are told apart', () => {
  expect(found('5 0100233488-001 và 2.200 0912345678 001099012345')).toEqual([
    ['mst', '0100233488-001'],
    ['phone', '0912345678'],
    ['cccd', '001099012345'],
  ]);
});

test.each([
  'Mã đơn hàng: 0912345678',
  'mã OTP là 482913, hết hạn lúc 1700000000',
  'Tổng tiền 1.500.000.000 đ, đã trả 912345678 VND',
  'Theo Điều 12 Luật số 91/2025/QH15 và Nghị định 13/2023/NĐ-CP ngày 17/4/2023',
  '2024-01-15T09:12:33.123Z 2024-01-15 09:12:33 1700000000000',
  '550e8400-e29b-41d4-a716-446655440000 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'const point = [0.0912345678, -0.0387654321]; std::vector<int> a; x.y@z; foo(123456789)',
  'tổng đài 1900 1234 và 1800 1091, phiên bản 1.2.3.4, 127.0.0.1',
  'password: process.env.PASSWORD1, token = <token1234>, api_key: ${API_KEY_1}',
  'Đường Nguyễn Trãi, quận Thanh Xuân, Hà Nội là nơi có số 12 rất đẹp',
  'risk-based-assessment-of-task-force-members',
])('nothing is found in: %s', (text) => {
  expect(found(text)).toEqual([]);
});

test('what is found is replaced once: a placeholder is no personal data, nor a name for what stands behind it', () => {
  const pieces = fc.constantFrom(
    ...tier1.map(([value]) => value),
    ...[
      'CMND',
      'STK',
      'hộ chiếu',
      '012345678',
      '19033445566',
      'B1234567',
      'sinh ngày',
      '15/03/1990',
      'ông Nguyễn Văn An',
      'mã đơn',
    ],
    ...[
      'địa chỉ',
      'số 12 phố Huế, Hà Nội',
      'password:',
      'hunter2x',
      '5',
      '84',
      'xin chào',
      '912345678',
      '0',
      'đ',
    ],
  );
  const texts = fc.array(fc.tuple(pieces, fc.constantFrom(' ', ' ', ': ', ', ', ' - ', '. ', '\n')), {
    maxLength: 8,
  });
  const redact = (text: string, options: ScanOptions, mark: string) =>
    findPersonalData(text, options).reduceRight(
      (rest, { entity, start, end }) =>
        `${rest.slice(0, start)}[${entity.toUpperCase()}${mark}]${rest.slice(end)}`,
      text,
    );
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom('', '_1', '_0912345678abcdef'),
      fc.constantFrom('balanced', 'strict'),
      (parts, mark, level) => {
        const once = redact(parts.flat().join(''), { level }, mark);
        expect(redact(once, { level }, mark)).toBe(once);
      },
    ),
    { numRuns: 300 },
  );
});

test('a scan reads each unit a bounded number of times, whatever the text', () => {
  const seeds = [
    '0 ',
    '0912345678 ',
    '0-',
    'a@',
    'eyJaaaaaaaaaa.',
    '12 345 phố, ',
    'Nguyễn ',
    'địa chỉ: ',
    '://a:',
    'DE89 ',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'aa',
    '1.',
    'sk-',
    'CMND ',
    'password=',
  ];
  for (const seed of seeds) {
    const [small, large] = [20_000, 160_000].map((size) => {
      const text = normalize(seed.repeat(Math.ceil(size / seed.length)));
      collect(new Tokens(text), 'strict');
      return text.reads;
    });
    expect((large ?? 0) / (small ?? 1), seed).toBeLessThan(9);
    expect((large ?? 0) / 160_000, seed).toBeLessThan(700);
  }
});
