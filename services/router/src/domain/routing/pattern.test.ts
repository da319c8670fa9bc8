import { estimatePatternCost } from '@weir/service-kit/pattern-cost';
import fc from 'fast-check';
import { RE2JS } from 're2js';
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
  ['repetitions three deep', '(((a{10}){10}){3})'],
  ['classes of Unicode that are repeated within each other', '((\\pL{31}){31})'],
  ['repetitions behind brackets that are in a class', '(?:[)(]{20}[^])]){20}'],
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

test('no pattern has more instructions than were estimated', () => {
  const atom = fc.constantFrom(
    'a',
    '.',
    '\\d',
    '\\pL',
    '[a-z]',
    '[^)(\\]]',
    '[[:alpha:](]',
    '\\x{41}',
    '\\Q({\\E',
    '^',
  );
  const count = fc.constantFrom('', '', '*', '+?', '?', '{3}', '{2,5}', '{0,4}', '{2,}', '{0}', '{0,}');
  const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
    piece: fc
      .tuple(
        fc.oneof(
          { depthSize: 'medium' },
          atom,
          fc
            .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?P<n>', '(?-s:'), tie('pattern'))
            .map(([group, inner]) => `${group}${inner})`),
        ),
        count,
      )
      .map((parts) => parts.join('')),
    pattern: fc
      .tuple(fc.array(tie('piece'), { maxLength: 4 }), fc.constantFrom('', '|'))
      .map(([pieces, separator]) => pieces.join(separator)),
  }));
  fc.assert(
    fc.property(pattern, (source) => {
      const estimated = estimatePatternCost(source);
      fc.pre(estimated < 5_000);
      const size = sizeOf(source);
      fc.pre(size !== undefined);
      expect(size).toBeLessThanOrEqual(estimated + 2);
    }),
    { numRuns: 300 },
  );
});

/** In instructions; undefined of what is no pattern. */
function sizeOf(pattern: string): number | undefined {
  try {
    return RE2JS.compile(pattern).programSize();
  } catch {
    return undefined;
  }
}
