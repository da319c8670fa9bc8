import { expect, test } from 'vitest';
import { createWorld, numberCheck, screeningBy } from '../../test/screening-world.ts';
import { ReportedStream } from './whole-stream.ts';

test('of an answer without an end that is only reported on, no more than its beginning is kept', async () => {
  let judged = '';
  const check = numberCheck('report', {
    find: (text) => {
      judged += text;
      return [];
    },
  });
  const { screener } = createWorld(screeningBy([check]), { direction: 'output' });
  const stream = new ReportedStream({ screener, maxBytes: 300 });
  for (let part = 0; part < 20; part++) {
    const choice = { index: 0, delta: { content: `part ${part}. ` }, finish_reason: null };
    const chunk = Buffer.from(JSON.stringify({ id: 'c', choices: [choice] }));
    expect(await stream.push(chunk)).toEqual([chunk]);
  }
  await stream.end();
  expect(judged).toBe('part 0. part 1. part 2. ');
});
