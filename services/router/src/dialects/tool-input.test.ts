import { expect, test } from 'vitest';
import { argumentsJsonLimits } from '@weir/contracts/limits';
import { ToolInputReader } from './tool-input.ts';

const toToolInput = (json: string) => new ToolInputReader().read(json);

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

test('the arguments of all calls of a request may hold only so much together', () => {
  const reader = new ToolInputReader();
  const json = `{"a":[${'[],'.repeat(argumentsJsonLimits.maxValues / 4)}1]}`;
  expect(reader.read(json)).toMatchObject({ isMended: false });
  const tooMuch = { code: 'invalid_request', details: { param: 'messages' } };
  expect(() => reader.read(json)).toThrow(expect.objectContaining(tooMuch));
  const deep = `{"a":${'['.repeat(300)}${']'.repeat(300)}}`;
  expect(() => toToolInput(deep)).toThrow(expect.objectContaining(tooMuch));
});
