import { expect, test } from 'vitest';
import { isUnencrypted, originOf } from './find-gateway.ts';

test.each([
  ['http://127.0.0.1:8080', false],
  ['http://127.8.9.1', false],
  ['http://[::1]:8080', false],
  ['http://localhost:8080', false],
  ['https://gateway.example.com', false],
  ['http://gateway.example.com', true],
  ['http://10.0.0.7:8080', true],
  ['http://localhost.example.com', true],
  ['http://127.0.0.1.example.com', true],
])('whether what goes to %s can be read on its way: %s', (url, expected) => {
  expect(isUnencrypted(url)).toBe(expected);
});

test.each(['gateway', 'ftp://gateway', 'https://gateway/v1', 'https://key@gateway', 'javascript:alert(1)'])(
  '%s is no address of a gateway',
  (text) => {
    expect(() => originOf(text)).toThrow('is written https://host');
  },
);
