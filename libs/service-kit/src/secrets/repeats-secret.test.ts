import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsSecret, repeatsSecret } from './repeats-secret.ts';

const random = fc.stringMatching(/^[A-Za-z0-9]{24,64}$/);
const prefix = fc.constantFrom('', 'sk-', 'sk-ant-api03-', 'gsk_', 'AIza', 'hf_', 'xai-', 'key-');
const key = fc.tuple(prefix, random).map(([before, after]) => before + after);

describe('a secret that was sent', () => {
  test('is found in any text that holds it, or a half of it, and however it is spelt', () => {
    const spellings: readonly ((secret: string) => string)[] = [
      (secret) => secret,
      (secret) => secret.toUpperCase(),
      (secret) => secret.replace(/./g, '$& '),
      (secret) => secret.replace(/./g, '$&\u200b'),
      (secret) => encodeURIComponent(secret),
      (secret) => secret.slice(0, secret.length / 2 + 6),
      (secret) => secret.slice(secret.length / 2 - 2),
      (secret) => `${secret.slice(0, 16)}…`,
      (secret) => secret.replace(/./g, '$&\u0301'),
      (secret) => Array.from(secret).reverse().join(''),
      (secret) => Buffer.from(secret).toString('base64'),
      (secret) => Buffer.from(`Bearer ${secret}`).toString('base64'),
      (secret) => Buffer.from(`user:x${secret}!`).toString('base64url').replace(/.{5}/g, '$&\n'),
      (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
      (secret) => codesOf(secret, (code) => `%${code.toString(16)}`),
      (secret) => codesOf(secret, (code) => `\\u00${code.toString(16)}`),
      (secret) => codesOf(secret, (code) => `\\x${code.toString(16)}`),
      (secret) => codesOf(secret, (code) => `&#${code};`),
      (secret) => codesOf(secret, (code) => `&#x${code.toString(16)};`),
      (secret) => codesOf(secret, (code) => `${code}, `),
    ];
    fc.assert(
      fc.property(
        key,
        fc.constantFrom(...spellings),
        fc.string(),
        fc.string(),
        (secret, spell, before, after) => {
          expect(repeatsSecret(`${before} ${spell(secret)} ${after}`, ['sk-of-another', secret])).toBe(true);
        },
      ),
    );
  });

  test('that is short is found as words of its own', () => {
    expect(repeatsSecret('the key test-key is wrong', ['test-key'])).toBe(true);
    expect(repeatsSecret('contest-keys are wrong', ['test-key'])).toBe(false);
    expect(repeatsSecret('k is wrong', ['k'])).toBe(false);
  });

  test('of eight letters and digits or more is found within a word', () => {
    expect(repeatsSecret('bearera1b2c3d4e5f', ['a1b2c3d4e5f'])).toBe(true);
    expect(repeatsSecret('no____x', ['____'])).toBe(true);
  });

  test('that is in a name is found however short it is', () => {
    expect(holdsSecret('xk_1', ['k1'])).toBe(true);
    expect(holdsSecret('x__y', ['__'])).toBe(true);
    expect(holdsSecret('messages[0].content', ['k1', ''])).toBe(false);
  });

  test('is not found where another text stands', () => {
    const text = 'This model is not known: a parameter is wrong, and the operator has to mend it.';
    expect(repeatsSecret(text, ['sk-live-operator-0123456789', 'sk-proj-abcdefghijklmnopqrst', ''])).toBe(
      false,
    );
    expect(repeatsSecret(text, [])).toBe(false);
  });
});

function codesOf(text: string, spell: (code: number) => string): string {
  return Array.from(Buffer.from(text), spell).join('');
}
