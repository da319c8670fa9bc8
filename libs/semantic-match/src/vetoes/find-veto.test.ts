import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findVeto, type VetoKind } from './find-veto.ts';

const kindOf = (question: string, candidate: string) => findVeto(question, candidate)?.kind;

const traps: readonly (readonly [VetoKind, string, string])[] = [
  ['number', 'Xe 5 chỗ giá bao nhiêu?', 'Xe 7 chỗ giá bao nhiêu?'],
  ['number', 'How do I install Python 2?', 'How do I install Python 3?'],
  ['number', 'thuê phòng hai người', 'thuê phòng ba người'],
  ['unit', 'How heavy is 10 kg of rice?', 'How heavy is 10 lb of rice?'],
  ['currency', 'đổi 10 USD', 'đổi 10 VND'],
  ['date', 'Is the shop open on Monday?', 'Is the shop open on Sunday?'],
  ['negation', 'Can I eat rice with sugar?', "Can't I eat rice with sugar?"],
  ['negation', 'tại sao tôi không vào được', 'tại sao tôi vào được'],
  ['antonym', 'How do I enable dark mode?', 'How do I disable dark mode?'],
  ['antonym', 'Cách bật thông báo', 'Cách tắt thông báo'],
  ['antonym', 'cach bat thong bao', 'cách tắt thông báo'],
  ['antonym', 'Is the tap water safe?', 'Is the tap water unsafe?'],
  ['comparative', 'What is the largest lake?', 'What is the smallest lake?'],
  ['entity', 'What is the capital of Japan?', 'What is the capital of Norway?'],
  ['order', 'Is Rust better than Go?', 'Is Go better than Rust?'],
  ['order', 'đổi đô sang đồng', 'đổi đồng sang đô'],
  ['question', 'When was the bridge built?', 'Why was the bridge built?'],
  ['language', 'What does the card cost?', 'Thẻ giá bao nhiêu?'],
  ['substitution', 'How do I clean a wok?', 'How do I clean a kettle?'],
];

test.each(traps)('a difference of kind %s is seen: %s / %s', (kind, question, candidate) => {
  expect([kindOf(question, candidate), kindOf(candidate, question)]).toEqual([kind, kind]);
});

test.each([
  ['How can I reset my password?', 'How do I reset my password please'],
  ['What is 1,000,000 in words?', 'What is 1 million in words?'],
  ['Nhà 2 tỷ có vay được không?', 'nhà hai tỷ có vay được ko'],
  ['Thẻ này có dùng được không?', 'the nay co dung duoc khong'],
  ['bạn có xe chưa', 'bạn có xe chưa vậy'],
  ['How does A differ from B?', 'How does B differ from A?'],
  ['Where can I buy stamps?', 'Where can I purchase stamps?'],
])('another wording is let pass: %s / %s', (question, candidate) => {
  expect(findVeto(question, candidate)).toBeUndefined();
});

const word = fc.constantFrom(
  'không',
  'bật',
  'tắt',
  'on',
  'off',
  '10',
  '2',
  'hai',
  'than',
  'A',
  'kg',
  'USD',
  'not',
  'Hà',
  'Nội',
  '"',
  '?',
  ',',
  'to',
  'million',
  'nghìn',
  'why',
  'ai',
);
const text = fc.oneof(
  fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

test('a text is never refused for itself', () => {
  fc.assert(fc.property(text, (question) => findVeto(question, question) === undefined));
});

test('whether there is a veto does not depend on which of the two is asked', () => {
  fc.assert(
    fc.property(
      text,
      text,
      (left, right) => (findVeto(left, right) === undefined) === (findVeto(right, left) === undefined),
    ),
  );
});

test.each(['a ', 'không ', '10 ', 'hai trăm ', '1.', "'", 'u.', 'mua bán ', 'x1', '- '])(
  'a hostile text of many "%s" costs no more than its length',
  (part) => {
    const started = performance.now();
    for (const times of [1_000, 200_000]) findVeto(part.repeat(times), `${part.repeat(times)} y`);
    // Linear work takes some ten milliseconds, on a busy machine too; in the square of it, minutes.
    expect(performance.now() - started).toBeLessThan(2_000);
  },
);
