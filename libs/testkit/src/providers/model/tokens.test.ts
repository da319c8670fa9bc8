import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countTokens, splitChunks, splitFragments, splitTokens } from './tokens.ts';

const texts = fc
  .array(fc.constantFrom('word', ' ', '\n', 'two words', 'é', '😀', ''))
  .map((parts) => parts.join(''));

describe('fake tokens', () => {
  test.each([
    ['', 0],
    ['   ', 0],
    ['one', 1],
    [' one  two\nthree ', 3],
  ])('%j has %i', (text, count) => {
    expect(countTokens(text)).toBe(count);
  });

  test('tokens, chunks and fragments joined again are the text they came from', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), (text, count) => {
        expect(splitTokens(text).join('')).toBe(text);
        expect(splitChunks(text, count).join('')).toBe(text);
        expect(splitFragments(text).join('')).toBe(text);
      }),
    );
  });

  test('no token of a split text counts as more than one', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(splitTokens(text).every((token) => countTokens(token) <= 1)).toBe(true);
      }),
    );
  });

  test('a text is cut into no more chunks than asked for', () => {
    expect(splitChunks('a b c d e', 2)).toEqual(['a b c ', 'd e']);
  });
});
