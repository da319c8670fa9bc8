import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestJsonLimits } from '@weir/contracts/limits';
import { parseBoundedJson } from './bounded-json.ts';
import { hasInexactNumber, parseExactJson } from './exact-json.ts';

test('integers of any size keep each digit when they are written again', () => {
  const place = fc.constantFrom(
    (digits: string) => digits,
    (digits: string) => `{"id":${digits},"text":"${digits}"}`,
    (digits: string) => `[1,{"":[${digits},0.5]}]`,
    (digits: string) => `{"${digits}":"\\\\\\"${digits}",":":${digits}}`,
  );
  fc.assert(
    fc.property(fc.bigInt(), place, fc.nat(40), (integer, around, shift) => {
      const json = `["${'x'.repeat(shift)}",${around(String(integer))}]`;
      expect(JSON.stringify(parseExactJson(json))).toBe(json);
    }),
  );
});

test('every other value is what it always was', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const value: unknown = JSON.parse(json);
      expect(JSON.stringify(parseExactJson(json))).toBe(JSON.stringify(value));
    }),
  );
  expect(parseExactJson('[9007199254740991,"1234567890123456789"]')).toEqual([
    9_007_199_254_740_991,
    '1234567890123456789',
  ]);
});

test('what is no JSON is no JSON here either', () => {
  expect(() => parseExactJson('{"id":1234567890123456789')).toThrow(SyntaxError);
});

test.each([
  '{1234567890123456789:1}',
  '{1234567890123456789 :1}',
  '[01234567890123456789]',
  '[1234567890123456789e]',
  '[--1234567890123456789]',
  'true1234567890123456789',
])('%s stays no JSON', (text) => {
  expect(() => parseExactJson(text)).toThrow(SyntaxError);
});

test('a key that is called as what all objects have keeps its integer', () => {
  const json = '{"__proto__":1234567890123456789,"a":{"__proto__":{"b":[-1234567890123456789]}}}';
  expect(JSON.stringify(parseExactJson(json))).toBe(json);
});

test('nothing of how it is parsed can be told from a text that is no JSON', () => {
  const text = '[1234567890123456789,"a" "b"]';
  expect(() => parseExactJson(text)).toThrow('in JSON at position 25');
});

test('a text full of digits costs no more than one pass', () => {
  const text = JSON.stringify({ fraction: `.${'1'.repeat(500_000)}`, integer: '1'.repeat(500_000) });
  // Each of its digits was looked at 30,000 times.
  expect(JSON.stringify(parseExactJson(text))).toBe(text);
});

test('what only looks like a number, and has a thousand places, is looked at once', () => {
  const text = `[${'1234567890123456e'.repeat(1_000)}${'e'.repeat(4_000_000)}]`;
  // All of it was looked at for each place: four billion characters.
  expect(() => parseBoundedJson(text, requestJsonLimits)).toThrow(SyntaxError);
});

test.each([
  ['{"id":9007199254740993}', true],
  ['[[12345678901234567890]]', true],
  ['{"id":"12345678901234567890","n":9007199254740991}', false],
  ['{"n":0.12345678901234567}', false],
])('of %s it is known whether it has integers that would change', (text, isInexact) => {
  expect(hasInexactNumber(text)).toBe(isInexact);
});
