import { expect, test } from 'vitest';
import { createWorld, numberCheck, screeningBy } from '../../test/screening-world.ts';
import { BufferedStream, ReportedStream } from './whole-stream.ts';

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

test('others have their turn while a long answer that was held is changed in all of its parts', async () => {
  const { placeholders, screener } = createWorld(screeningBy([numberCheck('redact')]), {
    direction: 'output',
  });
  const stream = new BufferedStream({ placeholders, screener });
  for (let part = 0; part < 4_000; part++) {
    const content = part === 0 ? 'call 0912345678' : '. word';
    const choices = [{ index: 0, delta: { content, unknown: 'x'.repeat(2_000) }, finish_reason: null }];
    await stream.push(Buffer.from(JSON.stringify({ id: 'c', choices })));
  }
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const chunks = await stream.end();
  clearImmediate(timer);
  expect(chunks.length).toBe(4_000);
  expect(chunks[0]?.toString()).toContain('call [PHONE]');
  expect(turns).toBeGreaterThanOrEqual(2);
});
