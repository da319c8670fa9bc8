import { describe, expect, test } from 'vitest';
import { entityTag, expectedRevision, knownRevisions } from './entity-tag.ts';

describe('what a change expects', () => {
  test.each([
    [{}, undefined],
    [{ 'if-match': '"5"' }, 5],
    [{ 'if-match': ' "5" ' }, 5],
    [{ 'if-match': 'W/"5"' }, 5],
    [{ 'if-match': ' * ' }, 'any'],
    [{ 'if-none-match': '*' }, 'none'],
  ])('of %j is %j', (headers, expected) => {
    expect(expectedRevision(headers)).toBe(expected);
  });

  test.each(['5', '"five"', '"0"', '"-1"', '"5', '"5", "6"', '*, "5"', '', 'w/"5"', '"9999999999999999"'])(
    'cannot be if-match: %s',
    (match) => {
      expect(() => expectedRevision({ 'if-match': match })).toThrow(
        'The header if-match must be one revision in quotes, as "5", or *.',
      );
    },
  );

  test('cannot be a revision that must not be there, nor both', () => {
    expect(() => expectedRevision({ 'if-none-match': '"5"' })).toThrow('if-none-match must be *');
    expect(() => expectedRevision({ 'if-match': '"5"', 'if-none-match': '*' })).toThrow(
      'cannot stand beside if-match',
    );
  });
});

describe('what a reader has', () => {
  test.each([
    [undefined, false],
    ['"5"', true],
    ['W/"5"', true],
    ['"4", W/"5"', true],
    ['*', true],
    ['"55"', false],
    ['"something else"', false],
  ])('with if-none-match: %s revision 5 is known: %j', (tags, isKnown) => {
    expect(knownRevisions({ 'if-none-match': tags })(5)).toBe(isKnown);
  });

  test.each(['5', '"5', '"5" "6"', ''])('if-none-match: %s is refused', (tags) => {
    expect(() => knownRevisions({ 'if-none-match': tags })).toThrow('The header if-none-match must be *');
  });
});

test('a tag that was given is understood', () => {
  expect(expectedRevision({ 'if-match': entityTag(17) })).toBe(17);
});
