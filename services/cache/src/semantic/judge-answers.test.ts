import { expect, test } from 'vitest';
import { judgeAnswers } from './judge-answers.ts';

const fee =
  'The fee for a transfer within the country is 8,000 VND for each transfer, and it is taken from the account at once.';

const plants =
  'Photosynthesis happens in leaves: sunlight, water and carbon dioxide become sugar, while oxygen leaves through small openings. ' +
  'Chlorophyll absorbs mostly blue and red light, which explains why plants look green. Without enough light growth slows down.';
const cards =
  'Open the application, choose the section about cards, select the blocked one and press unlock. Afterwards confirm using your ' +
  'fingerprint or code. Should that fail, visit any branch bringing an identity document, and staff there will help immediately.';

test.each([
  ['is the same but for white space and case', fee, ` ${fee.toUpperCase().toLowerCase()}\n`, 'right'],
  ['is all but the same', fee, fee.replace('at once', 'right at once'), 'right'],
  ['says another number', fee, fee.replace('8,000', '15,000'), 'wrong'],
  [
    'says the opposite',
    'You can cancel the order after it was shipped to you.',
    'You cannot cancel the order after it was shipped to you.',
    'wrong',
  ],
  ['speaks of another thing', plants, cards, 'wrong'],
  [
    'says it in other words',
    fee,
    'Domestic transfers cost eight thousand dong apiece. We deduct that immediately from your balance as you send it.',
    undefined,
  ],
  ['is long and differs', 'word '.repeat(1_000), 'other '.repeat(1_000), undefined],
] as const)('an answer that %s', async (_, kept, given, verdict) => {
  expect(await judgeAnswers(kept, given)).toBe(verdict);
});

test('an answer that is a hundred thousand marks and blanks takes no time', async () => {
  const startedAtMs = performance.now();
  for (const mark of ['!', '.', ' ', '\t', '\n'])
    await judgeAnswers(`a\n${mark.repeat(100_000)}b`, `b\n${mark.repeat(100_000)}a`);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});
