import { expect, test } from 'vitest';
import { addTallies, emptyTally, tallyLines } from './tally.ts';

test('the sums stand alone on the last line, after what failed and the reason of each skipped test', () => {
  const tests = {
    passed: 7,
    failed: 1,
    failures: ['a call: 500'],
    skipped: [{ name: 'a vector search', reason: 'no Qdrant here' }],
  };
  expect(
    tallyLines(addTallies(emptyTally, { ...emptyTally, passed: 2, failed: 1 }, tests)).split('\n'),
  ).toEqual([
    'failed: a call: 500',
    'skipped: a vector search: no Qdrant here',
    '9 passed, 2 failed, 1 skipped',
  ]);
});
