import { expect, test } from 'vitest';
import { toToolInput } from './tool-input.ts';

test('a large id in the arguments of a call keeps each digit', () => {
  const json = '{"id":1234567890123456789,"of":[{"__proto__":18446744073709551615}]}';
  expect(JSON.stringify(toToolInput(json, 'p'))).toBe(json);
});

test.each(['[1]', '"text"', 'null', '1', '1234567890123456789', '{"id":'])('%s is no object', (json) => {
  expect(() => toToolInput(json, 'p')).toThrow(
    expect.objectContaining({ code: 'invalid_request', details: { param: 'p' } }),
  );
});

test('no arguments are an empty object', () => {
  expect(toToolInput(' ', 'p')).toEqual({});
});
