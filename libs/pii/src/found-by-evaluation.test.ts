import { expect, test } from 'vitest';
import { findPersonalData } from './find-personal-data.ts';

/** What `npm run eval:guardrails` had found missing. */
test.each([
  ['gọi số0912 345 678ạ', '0912 345 678'],
  ['CCCD001099012345', '001099012345'],
  ['O 9 l 2 3 4 5 6 7 8', 'O 9 l 2 3 4 5 6 7 8'],
  ['2.200 0084 - 765 - 801 - 813', '0084 - 765 - 801 - 813'],
  ['0084 - 568 - 531 - OoI', '0084 - 568 - 531 - OoI'],
  ['(024) - 3812 - 3456', '(024) - 3812 - 3456'],
  ['căn cước 136 - 608 - 031 - 765', '136 - 608 - 031 - 765'],
  ['call 202-555-0143 now', '202-555-0143'],
  ['+1 (415) 555-7184', '+1 (415) 555-7184'],
  ['thẻ dn4o1ol23456789', 'dn4o1ol23456789'],
  ['Mật khẩu wifi là Hanoi@2024x nhé', 'Hanoi@2024x'],
  ['Bearer abcdefghij0123456789abcdef', 'abcdefghij0123456789abcdef'],
])('in %j all of %s is covered', (text, value) => {
  const start = text.indexOf(value);
  const covered = findPersonalData(text, { level: 'balanced' });
  for (let place = start; place < start + value.length; place += 1) {
    const isCovered = covered.some((finding) => finding.start <= place && place < finding.end);
    expect(isCovered || /[^\p{L}\p{N}]/u.test(text.charAt(place)), text.slice(place)).toBe(true);
  }
});

test.each([
  'Họp lúc 09-03-2025 10:30, phòng 1203',
  'Từ 03-09-2024 - 10-09-2024 nghỉ',
  'From 22.03.2021 - 14.03.2022: closed',
  'data[i] * 0.2128279710',
  'ISBN 978-604-64-7791-2',
  '58.48 1.98 27.11 89.05 16.13 91.60',
  'Row: 382 46 436 488 122 22 43 375',
  'Dãy 001 002 003 004 là gì?',
  'Ông Hồ Chí Minh đọc Tuyên ngôn Độc lập',
])('in %j there is no personal data', (text) => {
  expect(findPersonalData(text, { level: 'balanced' })).toEqual([]);
});
