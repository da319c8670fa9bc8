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

test('a mask or a placeholder in a variable is reported, and not repeated', () => {
  const problems: string[] = [];
  readCredentials({ A: 'sk-1,sk-...abcd', B: '<your-key>' }, ['A', 'B'], (_path, message) => {
    problems.push(message);
  });
  expect(problems).toEqual([
    'a key of A is a mask or a placeholder, and not a key',
    'a key of B is a mask or a placeholder, and not a key',
  ]);
});
