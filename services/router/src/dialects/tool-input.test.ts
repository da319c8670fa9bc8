import { expect, test } from 'vitest';
import { toToolInput } from './tool-input.ts';

test('a large id in the arguments of a call keeps each digit', () => {
  const json = '{"id":1234567890123456789,"of":[{"__proto__":18446744073709551615}]}';
  expect(JSON.stringify(toToolInput(json).input)).toBe(json);
});

test.each(['[1]', '"text"', '1', '1234567890123456789', '{"id":'])(
  '%s is no object, and goes on as it was written',
  (json) => {
    expect(toToolInput(json)).toEqual({ input: { _invalid: json }, isMended: true });
  },
);

test.each([
  [' ', false],
  ['{}', false],
  ['null', true],
  ['"{}"', true],
])('%j is an empty object, and whether it had to be mended is told: %j', (json, isMended) => {
  expect(toToolInput(json)).toEqual({ input: {}, isMended });
});

test('an object that was written as JSON twice is that object', () => {
  expect(toToolInput(JSON.stringify('{"a":1}'))).toEqual({ input: { a: 1 }, isMended: true });
});
