import { regexCheckSchema } from '@weir/contracts/guardrails/policy';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunksOf, streamedFindings, wholeFindings } from '../../test/streamed-findings.ts';
import { InvalidCheck } from './check-dependencies.ts';
import { createRegexCheck } from './regex-check.ts';

const checkOf = (...patterns: object[]) =>
  createRegexCheck(regexCheckSchema.parse({ type: 'regex', patterns }));
const ticket = { name: 'ticket', pattern: '\\bTK-\\d{4}\\b', ignore_case: true, max_length: 7 };

it('finds all that a pattern matches, by its name', () => {
  expect(wholeFindings(checkOf(ticket), 'TK-1234, tk-5678, TK-12345, XTK-1234')).toEqual([
    { start: 0, end: 7, rule: 'ticket' },
    { start: 9, end: 16, rule: 'ticket' },
  ]);
});

it('finds all of what is longer than the longest match, in pieces', () => {
  const check = checkOf({ name: 'digits', pattern: '\\d+', max_length: 4 });
  const spans = wholeFindings(check, `a${'1'.repeat(50)}b`);
  expect(spans.map(({ end, start }) => end - start).reduce((sum, length) => sum + length)).toBe(50);
  expect([spans[0]?.start, spans.at(-1)?.end]).toEqual([1, 51]);
});

it('makes one finding of what two patterns match where they overlap', () => {
  const check = checkOf({ name: 'a', pattern: 'abc' }, { name: 'b', pattern: 'bcd' });
  expect(wholeFindings(check, 'xabcd')).toEqual([{ start: 1, end: 5, rule: 'a' }]);
});

it('sees escaped characters of JSON as what they are', () => {
  const json = '{"t":"TK\\u002d1234"}';
  const [found] = wholeFindings(checkOf(ticket), json, 'json');
  expect(json.slice(found?.start, found?.end)).toBe('TK\\u002d1234');
});

it.each([
  ['no pattern', '(a', /syntax/],
  ['what RE2 has not', '(?<=a)b', /syntax/],
  ['a back reference', '(a)\\1', /syntax/],
  ['one that matches nothing at all', 'a*', /matches an empty text/],
])('refuses %s, and names its field', (_what, pattern, message) => {
  const make = () => checkOf(ticket, { name: 'bad', pattern });
  expect(make).toThrow(InvalidCheck);
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ field: 'patterns[1].pattern' }));
});

it('refuses patterns that are too large together', () => {
  const large = { name: 'large', pattern: 'a{900}' };
  expect(checkOf(large, large)).toBeDefined();
  expect(() => checkOf(large, large, large)).toThrow(/too large together/);
  // 50 ms each to compile.
  const nested = { name: 'nested', pattern: '((\\pL{31}){31})' };
  expect(() => checkOf(...Array<typeof nested>(100).fill(nested))).toThrow(/too large together/);
});

it('takes time in proportion to the text, where a pattern would go back in others', () => {
  const check = checkOf({ name: 'nested', pattern: '(a+)+$', max_length: 32 });
  expect(wholeFindings(check, `${'a'.repeat(20_000)}b`)).not.toEqual([]);
  const far = checkOf({ name: 'far', pattern: 'a.*b', max_length: 32 });
  expect(wholeFindings(far, `${'a'.repeat(500)}b`.repeat(100))).not.toEqual([]);
});

it('a stream finds what is found in the whole, for every chunking', () => {
  const check = checkOf(
    ...[
      ticket,
      { name: 'self', pattern: 'aa', max_length: 2 },
      { name: 'any', pattern: 'x.*y', max_length: 6 },
    ],
    ...[
      { name: 'end', pattern: 'b$', max_length: 3 },
      { name: 'emoji', pattern: '😀+', max_length: 3 },
    ],
  );
  const pieces = ['a', 'aaa', 'b', 'x', 'y', ' ', 'TK-', '12', '1234', '😀', '\n', 'é'];
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
  const property = fc.property(texts, lengths, (text, cuts) => {
    expect(streamedFindings(check, chunksOf(text, cuts))).toEqual(wholeFindings(check, text));
  });
  fc.assert(property, { numRuns: 400 });
});
