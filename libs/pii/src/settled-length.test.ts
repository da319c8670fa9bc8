import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPersonalData } from './find-personal-data.ts';
import type { PiiFinding, ScanOptions } from './finding.ts';
import { contextLength, Scan, settledLength } from './settled-length.ts';

const values = [
  ...[
    'nam.nguyen@example.com.vn',
    '0912345678',
    '0912 345 678',
    '+84 (0) 912.345.678',
    '(024) 3812 3456',
    'O9l2345678',
  ],
  ...[
    '001099012345',
    '001 099 012 345',
    '0100233488-001',
    '0100233488',
    '4111 1111 1111 1111',
    '123-45-6789',
    '012345678',
  ],
  ...['DN4010123456789', 'DN 4 01 0123456789', 'B1234567', '30A-123.45', '29-B1 123.45', '790123456789'],
  ...['DE89 3704 0044 0532 0130 00', '192.168.10.20', '2001:db8::8a2e:370:7334', '15/03/1990', '1990-03-15'],
  ...[
    'ngày 15 tháng 3 năm 1990',
    'March 15, 1990',
    '15 March 1990',
    'sk-proj-abcdefgh1234567890ABCDEFGH',
    'AKIAIOSFODNN7EXAMPLE',
  ],
  ...['eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSM', 'postgres://weir:p4ss@db.local/x', 'Hanoi@2024!'],
  ...[
    '-----BEGIN PRIVATE KEY-----\nMIIEvQ+/=\n-----END PRIVATE KEY-----',
    '[EMAIL_1]',
    '[PHONE_0912345678abcdef]',
    'phone_1',
  ],
  ...[
    'Nguyễn Văn An',
    'Trần Thị Bích Ngọc',
    'NGUYỄN VĂN A',
    'John Smith',
    'số 12 ngõ 34 phố Huế, phường Lê Đại Hành, Hà Nội',
  ],
  ...['12/3A đường Lê Lợi, P. Bến Nghé, Q.1, TP.HCM', '221 Baker Street, London', 'Hà Nội'],
];
const words = [
  ...[
    'số0912 345 678ạ',
    'O 9l2 345 678',
    '03-09-2024 10:30',
    '202-555-0143',
    'CCCD150099012345',
    'dn 4 01 0123456789',
  ],
  ...['mật khẩu wifi là', 'Bearer', 'địa chỉ IP', '001 002 003 004'],
  ...[
    'SĐT',
    'cccd',
    'CMND',
    'mã số thuế',
    'BHXH',
    'hộ chiếu',
    'biển số xe',
    'STK',
    'ngày sinh',
    'sinh ngày',
    'địa chỉ',
    'password',
  ],
  ...[
    'mật khẩu là',
    'api_key=',
    'mã đơn',
    'OTP',
    'ông',
    'Ông',
    'họ tên',
    'my name is',
    'GPLX',
    'social security',
    'đồng',
    'đ',
    'VND',
  ],
  ...[
    'xin chào',
    'và',
    'the',
    'o',
    'l',
    'IO',
    'tháng',
    'năm',
    'lo',
    'a',
    '1',
    '84',
    '912',
    '345',
    '678',
    '5',
    '2.200',
    '0',
    'é',
    '日本',
  ],
  ...['số', 'Ph', 'đường', 'xã', 'USD', '😀', 'x@', '.vn'],
];
const glue = fc.constantFrom(
  ' ',
  ' ',
  ' ',
  ': ',
  ', ',
  '. ',
  '\n',
  '-',
  '.',
  '',
  ' - ',
  '  ',
  '/',
  '"',
  '\u200b',
  '(',
  ') ',
);
const piece = fc.oneof(
  fc.constantFrom(...values),
  fc.constantFrom(...words),
  fc.stringMatching(/^[0-9]{1,12}$/),
);

/** Evasions keep a text's meaning and change its units. */
const disguise = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text,
  (text) => text.normalize('NFD'),
  (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (text) => text.replace(/\d/g, '$&\u200b'),
);

const texts = fc
  .array(fc.tuple(piece, glue, disguise), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.map(([text, separator, change]) => change(text) + separator).join(''));

const key = ({ entity, start, end, rule, score }: PiiFinding) =>
  `${entity} ${start}-${end} ${rule} ${score.toFixed(4)}`;

interface Judged {
  readonly settled: number;
  readonly findings: readonly PiiFinding[];
}

function judgeApart(text: string, from: number, options: ScanOptions): Judged {
  const findings = findPersonalData(text, options).filter(({ start }) => start >= from);
  return { settled: settledLength(text, options), findings };
}

function judgeByScan(text: string, from: number, options: ScanOptions): Judged {
  const scan = new Scan(text, options);
  return { settled: scan.settledLength, findings: scan.findings(from) };
}

/** What a filter finds that is given a text in chunks and keeps no more than it has to. */
function findInChunks(chunks: readonly string[], options: ScanOptions, judged = judgeApart): string[] {
  const found: string[] = [];
  let kept = '';
  let keptFrom = 0;
  let sent = 0;
  const judge = (isOver: boolean) => {
    const { settled: settledNow, findings } = judged(kept, Math.max(0, sent - keptFrom), options);
    const settled = isOver ? kept.length : settledNow;
    for (const finding of findings) {
      if (finding.end > settled) continue;
      found.push(key({ ...finding, start: finding.start + keptFrom, end: finding.end + keptFrom }));
    }
    sent = Math.max(sent, keptFrom + settled);
    const dropped = Math.max(0, sent - contextLength - keptFrom);
    kept = kept.slice(dropped);
    keptFrom += dropped;
  };
  for (const chunk of chunks) {
    kept += chunk;
    judge(false);
  }
  judge(true);
  return found;
}

function splitAt(text: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  let from = 0;
  for (let turn = 0; from < text.length; turn += 1) {
    const to = from + (lengths[turn % lengths.length] ?? 1);
    chunks.push(text.slice(from, to));
    from = to;
  }
  return chunks;
}

const runs = Number(process.env['PII_RUNS'] ?? 100);

describe.each([
  { level: 'balanced' },
  { level: 'strict' },
  { level: 'balanced', isJson: true },
] satisfies ScanOptions[])('a text in chunks has the findings of the whole: %o', (options) => {
  test('per character and in random chunks', () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 8 }),
        (text, lengths) => {
          const whole = findPersonalData(text, options).map(key);
          expect(findInChunks(splitAt(text, lengths), options)).toEqual(whole);
          expect(findInChunks(splitAt(text, [1]), options)).toEqual(whole);
          expect(findInChunks(splitAt(text, lengths), options, judgeByScan)).toEqual(whole);
          expect(findInChunks(splitAt(text, [1]), options, judgeByScan)).toEqual(whole);
        },
      ),
      { numRuns: runs },
    );
  });

  test('behind any place, with the text before it only read', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, cut) => {
        const from = cut % (text.length + 1);
        const behind = findPersonalData(text, options).filter(({ start }) => start >= from);
        expect(new Scan(text, options).findings(from).map(key)).toEqual(behind.map(key));
      }),
      { numRuns: runs },
    );
  });

  test('in every two parts, whether what is settled is judged alone or with what follows', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const whole = findPersonalData(text, options);
        for (let place = 0; place <= text.length; place += 1) {
          const settled = settledLength(text.slice(0, place), options);
          const before = whole.filter(({ start }) => start < settled);
          expect(before.every(({ end }) => end <= settled)).toBe(true);
          expect(findPersonalData(text.slice(0, settled), options).map(key)).toEqual(before.map(key));
        }
      }),
      { numRuns: runs / 4 },
    );
  });
});

test('plain prose is held back by a word', () => {
  const text =
    'Xin chào, tôi muốn hỏi về lịch giao hàng của cửa hàng trong tuần này và cách đổi trả sản phẩm. '.repeat(
      5,
    );
  const held = splitAt(text, [1]).map(
    (_, index) => index + 1 - settledLength(text.slice(0, index + 1), { level: 'strict' }),
  );
  expect(held.reduce((sum, length) => sum + length, 0) / held.length).toBeLessThan(4);
  expect(Math.max(...held)).toBeLessThan(24);
});

test('nothing is settled before a character whose first half has come, escaped or not', () => {
  expect(settledLength('a 09\ud835', { level: 'balanced' })).toBe(2);
  for (const end of ['\\ud835', '\\ud835\\', '\\ud835\\udf', '\\\\ud835\\\\u'])
    for (const isJson of [false, true])
      expect(settledLength(`a 09${end}`, { level: 'balanced', isJson }), end).toBe(2);
});

test('of keys that have no end one ends where the next begins, so that no stream waits for all of them', () => {
  const header = '-----BEGIN PRIVATE KEY-----';
  const text = header.repeat(1_000);
  expect(text.length - settledLength(text, { level: 'balanced' })).toBeLessThan(512);
  expect(findPersonalData(text, { level: 'balanced' })).toHaveLength(1_000);
});

test('a key is waited for whatever begins like another one within it', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----BEGIN NOTHING\nabcd';
  expect(settledLength(`My key: ${key}`, { level: 'balanced' })).toBe('My key: '.length);
});
