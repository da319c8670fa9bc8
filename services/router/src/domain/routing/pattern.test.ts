import { expect, test } from 'vitest';
import { InvalidPattern, PatternCompiler } from './pattern.ts';

const compile = (...patterns: string[]) => {
  const compiler = new PatternCompiler();
  return patterns.map((pattern) => compiler.compile('params.user', pattern));
};

const tooLarge = "is too large a pattern, by itself or with the config's others";

test.each(['(', 'a{2,1}', '(?=lookahead)', '\\1'])(
  "a pattern that is none in RE2's syntax is told: %s",
  (pattern) => {
    expect(() => compile(pattern)).toThrow(InvalidPattern);
    expect(() => compile(pattern)).toThrow(
      expect.objectContaining({ field: 'params.user', message: "is no pattern in RE2's syntax" }),
    );
  },
);

test.each([
  ['a long text', 'a'.repeat(401)],
  ['a repetition', 'a{401}'],
  ['a repetition without an end', '\\pL{401,}'],
  ['repetitions within each other', '(?:a{20}){21}'],
  ['repetitions behind a backslash', '\\\\{200}\\x{41}{201}'],
  ['many classes of Unicode', '\\pL'.repeat(13)],
  ['a range that is read in both cases', '(?i)[--\u{1e942}]'],
  ['a range that is read in both cases, by numbers', '(?s-m:a)(?mi)[B-\\x{01e942}]'],
])('a pattern that would take long is told: %s', (_what, pattern) => {
  expect(() => compile(pattern)).toThrow(tooLarge);
});

test.each([
  ['(?i)^GPT-[45]', 'gpt-4o'],
  ['(?i)^[а-я]{3}$', 'МИР'],
  ['^[\\x{4e00}-\\x{9fff}]+$', '漢字'],
  ['^\\pL{100}$', 'é'.repeat(100)],
])('%s is no such pattern', (pattern, text) => {
  expect(compile(pattern)[0]?.(text)).toBe(true);
});

test('what patterns may cost they may cost together', () => {
  const each = 'a?'.repeat(10);
  expect(compile(...new Array<string>(15).fill(each))).toHaveLength(15);
  expect(() => compile(...new Array<string>(20).fill(each))).toThrow(tooLarge);
});

test('the first 1,024 characters of a text are searched', () => {
  const [hasB] = compile('b');
  expect(hasB?.('a'.repeat(1_023) + 'b')).toBe(true);
  expect(hasB?.('a'.repeat(1_024) + 'b')).toBe(false);
});
