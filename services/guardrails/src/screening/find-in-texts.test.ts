import { builtInPolicies } from '@weir/contracts/guardrails/policies';
import { type Check, checkSchema } from '@weir/contracts/guardrails/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWorld, numberCheck, screeningBy } from '../../test/screening-world.ts';
import { createCheck } from '../checks/create-check.ts';
import type { ScreenedText, SpanCheck } from '../domain/check.ts';
import type { AttributedFinding } from './merge-findings.ts';

const piiOf = (name: 'balanced' | 'strict'): Check[] =>
  builtInPolicies[name].input.checks.filter(({ type }) => type === 'pii');
const checks: Check[] = [
  ...piiOf('balanced'),
  ...piiOf('strict'),
  checkSchema.parse({ type: 'blocklist', lists: ['vi', 'en'], words: ['0912'], action: 'report' }),
  checkSchema.parse({ type: 'regex', patterns: [{ name: 'order', pattern: '[A-Z]{2}\\d{2,40}' }] }),
  checkSchema.parse({ type: 'links', denied_hosts: ['x.vn'], action: 'report' }),
];
const spanChecks = checks.map((check) => createCheck(check, {} as never)) as SpanCheck[];

const spansOf = (found: readonly AttributedFinding[]) =>
  found.map(({ finding: { rule, span } }) => [rule, span?.start, span?.end]);

const pieces = [
  ...[
    'an@example.vn ',
    '0912345678',
    ' 0912 345 678, ',
    'AB12345',
    'địa chỉ 12 Lê Lợi, Quận 1. ',
    '1',
    '\\u0031',
  ],
  ...[
    'https://x.vn/a?b=1 ',
    'tôi tên là Nguyễn Văn An, ',
    '😀',
    'đụ má ',
    '-----BEGIN PRIVATE KEY-----',
    '\n',
    ' ',
  ],
  ...['079085001234, ', 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789 ', 'a'.repeat(3_000)],
];

test.each(spanChecks.map((check, place) => [check.type, check, place] as const))(
  'what %s finds in a long text is what it finds in all of it at once',
  async (_type, check) => {
    const edge = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(edge, fc.integer({ min: 3_600, max: 4_300 })), { minLength: 1, maxLength: 4 }),
        fc.constantFrom<ScreenedText['form']>('text', 'json'),
        async (edges, form) => {
          const text = edges.map(([glued, length]) => 'ừ thì '.repeat(length / 6) + glued.join('')).join('');
          const { screener } = createWorld(screeningBy([check]));
          const long: ScreenedText = { path: 'x', text, form };
          expect(spansOf(await screener.findInTexts([long]))).toEqual(spansOf(screener.findSpans(long)));
        },
      ),
      { numRuns: 25 },
    );
  },
);

const long: ScreenedText = { path: 'x', text: 'call 0912345678, or '.repeat(4_000), form: 'text' };

/** Takes its time, as checks do whose policy has a long list. */
const busy = (action: 'report', fields: Partial<SpanCheck> = {}) => {
  const check = numberCheck(action);
  return numberCheck(action, {
    find: (...parts) => {
      for (const until = performance.now() + 11; performance.now() < until;);
      return check.find(...parts);
    },
    ...fields,
  });
};

test('others have their turn while a long text is searched, and while many are', async () => {
  const short = Array.from({ length: 4 }, (): ScreenedText => ({ path: 'x', text: 'hi', form: 'text' }));
  for (const texts of [[long], short]) {
    const { screener } = createWorld(screeningBy([busy('report')]));
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await screener.findInTexts(texts);
    clearImmediate(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  }
});

test('a caller that leaves ends the search of its text', async () => {
  let searched = 0;
  const check = busy('report');
  const { screener, leaving } = createWorld(
    screeningBy([
      {
        ...check,
        find: (...parts) => {
          searched++;
          leaving.abort(new Error('left'));
          return check.find(...parts);
        },
      },
    ]),
  );
  await expect(screener.findInTexts([long])).rejects.toThrow('left');
  expect(searched).toBe(1);
});

test('a text of which nothing settles is searched in linear time', async () => {
  let read = 0;
  const check = numberCheck('report', {
    settledLength: (text, _form, from = 0) => {
      read += text.length;
      return from;
    },
    find: (text) => {
      read += text.length;
      return [];
    },
  });
  const { screener } = createWorld(screeningBy([check]));
  await screener.findInTexts([{ path: 'x', text: 'x'.repeat(2 ** 20), form: 'text' }]);
  expect(read).toBeLessThan(4 * 2 ** 20);
});

test('a text of which nothing settles is searched in pieces all the same, and nothing in it is passed over', async () => {
  let longest = 0;
  const check = numberCheck('redact', { contextLength: 0, settledLength: (_text, _form, from = 0) => from });
  const measured: SpanCheck = {
    ...check,
    find: (text, ...rest) => {
      longest = Math.max(longest, text.length);
      return check.find(text, ...rest);
    },
  };
  const { screener } = createWorld(screeningBy([measured]));
  const text = 'call 0912345678, or '.repeat(5_000);
  const found = await screener.findInTexts([{ path: 'x', text, form: 'text' }]);
  const covered = new Set(found.map(({ finding: { span } }) => Math.floor((span?.start ?? 0) / 20)));
  expect(covered.size).toBe(5_000);
  expect(longest).toBeLessThanOrEqual(10_240);
});
