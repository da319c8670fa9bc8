import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileNamePattern, matchesEach, matchesPattern } from './name-pattern.ts';

test.each([
  ['gpt-5*', 'gpt-5-mini', true],
  ['gpt-5*', 'gpt-5', true],
  ['gpt-5*', 'openai/gpt-5', false],
  ['*', '', true],
  ['a*a', 'a', false],
  ['ab*ba', 'aba', false],
  ['*.example.com:8443', 'llm.example.com:8443', true],
  ['*.example.com:8443', 'llm.example.com:84430', false],
  ['claude.3', 'claude-3', false],
  ['', 'x', false],
])('%j for %j is %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test('it says what the regular expression would', () => {
  const text = (characters: string[]) =>
    fc.array(fc.constantFrom(...characters), { maxLength: 12 }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(text(['a', 'b', '*']), text(['a', 'b']), (pattern, name) => {
      const expression = new RegExp(`^${pattern.replace(/\*+/g, '.*')}$`);
      expect(matchesPattern(pattern, name)).toBe(expression.test(name));
    }),
  );
});

test('the worst pattern takes no time to speak of', () => {
  const startedAtMs = performance.now();
  expect(matchesPattern(`${'a*'.repeat(128)}b`, 'a'.repeat(4_096))).toBe(false);
  expect(performance.now() - startedAtMs).toBeLessThan(100);
});

test('of every list a pattern has to match', () => {
  expect(matchesEach([], 'anything')).toBe(true);
  expect(matchesEach([['a*'], ['*b', 'c']], 'ab')).toBe(true);
  expect(matchesEach([['a*'], ['c']], 'ab')).toBe(false);
  expect(matchesEach([['a*'], []], 'ab')).toBe(false);
});

test.each([
  ['gpt-5', 'gpt-5', true],
  ['gpt-5', 'gpt-5-mini', false],
  ['gpt-5', 'GPT-5', false],
  ['gpt-5*', 'gpt-5', true],
  ['gpt-5*', 'gpt-5-mini', true],
  ['gpt-5*', 'my-gpt-5', false],
  ['*', '', true],
  ['*-mini', 'gpt-5-mini', true],
  ['anthropic/*', 'anthropic/claude-opus-4-8', true],
  ['anthropic/*', 'openrouter/anthropic/claude', false],
  ['a*a', 'a', false],
  ['*a*b*', 'ba', false],
  ['gpt.5', 'gpt-5', false],
  ['gpt-[45]', 'gpt-5', false],
])('%s and %s', (pattern, name, matches) => {
  expect(compileNamePattern(pattern)(name)).toBe(matches);
});

const letters = (maxLength: number, ...more: string[]) =>
  fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', ...more), maxLength });

test('a pattern matches what the same regular expression does', () => {
  fc.assert(
    fc.property(letters(8, '*', '*'), letters(10), (pattern, name) => {
      const escaped = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
      expect(compileNamePattern(pattern)(name)).toBe(new RegExp(`^${escaped.join('.*')}$`).test(name));
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern with many wildcards takes no longer than the name is long', () => {
  const matches = compileNamePattern(`${'*a'.repeat(128)}*b`);
  const begunMs = performance.now();
  expect(matches('a'.repeat(100_000))).toBe(false);
  expect(performance.now() - begunMs).toBeLessThan(1_000);
});
