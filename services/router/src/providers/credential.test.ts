import { expect, test } from 'vitest';
import { readCredentials, toCredential } from './credential.ts';

test('a fingerprint is the beginning of the SHA-256 of the secret, and so the same everywhere', () => {
  // printf %s sk-1 | sha256sum
  expect(toCredential('sk-1')).toMatchObject({ fingerprint: '0f2c10bf', secret: 'sk-1' });
});

test('a digest is the whole SHA-256: no two keys have the same', () => {
  // printf %s sk-1 | openssl dgst -sha256 -binary | basenc --base64url
  expect(toCredential('sk-1').digest).toBe('DywQvz0SjHGca_pOy66Ut_zuuupuRDj-84qQ5azDJvM');
});

test('a variable that holds commas alone holds no key', () => {
  const problems: string[] = [];
  const credentials = readCredentials({ A: ' , ,' }, ['A'], (path, message) => {
    problems.push(`${path.join('.')}: ${message}`);
  });
  expect(credentials).toEqual([]);
  expect(problems).toEqual(['A: the value of A holds no key']);
});
