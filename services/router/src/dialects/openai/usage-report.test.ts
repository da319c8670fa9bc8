import { expect, test } from 'vitest';
import { completeUsage, mergeReports, reportBesides, usageReport } from './usage-report.ts';

const read = (said: unknown) => completeUsage(usageReport.parse(said) ?? undefined);
const sums = (prompt: number, completion: number, total: number) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: total,
});

test.each([
  [{ prompt_tokens: 12, completion_tokens: 7 }, sums(12, 7, 19)],
  [{ prompt_tokens: 12, completion_tokens: null, total_tokens: 12 }, sums(12, 0, 12)],
  [{ prompt_tokens: 12, total_tokens: 19 }, sums(12, 7, 19)],
  [{ completion_tokens: 7, total_tokens: 19 }, sums(12, 7, 19)],
  [{ completion_tokens: 7 }, sums(0, 7, 7)],
  [{ total_tokens: 19 }, sums(0, 0, 19)],
  [{ input_tokens: 12, output_tokens: 7 }, sums(12, 7, 19)],
  [{ prompt_tokens: '12', completion_tokens: '7', total_tokens: '19' }, sums(12, 7, 19)],
  [{ prompt_tokens: 12.0, completion_tokens: 6.6, total_tokens: 18.6 }, sums(12, 7, 19)],
  [{ prompt_tokens: -1, completion_tokens: 7 }, sums(0, 7, 7)],
  [{ prompt_tokens: 12, completion_tokens: 7, prompt_tokens_details: 'none' }, sums(12, 7, 19)],
])('a counter that is missing is the rest of the other two, or 0: %j', (said, told) => {
  expect(read(said)).toMatchObject(told);
});

test.each([null, {}, 'none', { prompt_tokens_details: { cached_tokens: 3 } }, { prompt_tokens: null }])(
  'where no counter is told there is no usage: %j',
  (said) => {
    expect(read(said)).toBeUndefined();
  },
);

test('details keep what they say, and what is beside the counters stays', () => {
  const said = {
    prompt_tokens: 9,
    prompt_tokens_details: { cached_tokens: '4', audio_tokens: null },
    cost: 0.25,
  };
  expect(read(said)).toMatchObject({ prompt_tokens_details: { cached_tokens: 4 }, cost: 0.25 });
});

test("details have the names of OpenAI's other API too", () => {
  const said = {
    ...{ input_tokens: 12, input_tokens_details: { cached_tokens: 4 } },
    ...{ output_tokens: 7, output_tokens_details: { reasoning_tokens: 2 } },
  };
  expect(read(said)).toMatchObject({
    ...sums(12, 7, 19),
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 2 },
  });
});

test('usage that comes in parts is put together', () => {
  const parts = [
    { prompt_tokens: 12, prompt_tokens_details: { cached_tokens: 4 } },
    { completion_tokens: 1, total_tokens: 13 },
    { completion_tokens: 7 },
    { completion_tokens_details: { reasoning_tokens: 2 } },
  ];
  const merged = parts.map((part) => usageReport.parse(part) ?? {}).reduce(mergeReports);
  expect(completeUsage(merged)).toMatchObject({
    ...sums(12, 7, 19),
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 2 },
  });
});

test("Moonshot's and Groq's places for usage are known", () => {
  const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };
  expect(reportBesides({ choices: [{ usage }] })).toMatchObject(usage);
  expect(reportBesides({ choices: [{}], x_groq: { id: 'x', usage } } as never)).toMatchObject(usage);
  expect(reportBesides({ choices: [{}] })).toBeUndefined();
});
