import { expect, test } from 'vitest';
import { readCredentials, toCredential } from './credential.ts';

test('a fingerprint is the beginning of the SHA-256 of the secret, and so the same everywhere', () => {
  // printf %s sk-1 | sha256sum
  expect(toCredential('sk-1')).toEqual({ fingerprint: '0f2c10bf', secret: 'sk-1' });
});

test('a variable that holds commas alone holds no key', () => {
  const problems: string[] = [];
  const credentials = readCredentials({ A: ' , ,' }, ['A'], (path, message) => {
    problems.push(`${path.join('.')}: ${message}`);
  });
  expect(credentials).toEqual([]);
  expect(problems).toEqual(['A: the value of A holds no key']);
});
