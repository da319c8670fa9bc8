import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInPlaceholder, labelOf, openPlaceholderStart } from './placeholder-text.ts';
import { hashKeyOf, Placeholders, type Replaced } from './placeholders.ts';

const hashKey = () => Buffer.alloc(32, 1);
const create = (texts: readonly string[] = []) => new Placeholders({ texts, hashKey });
const email = (fields: Partial<Replaced>): Replaced => ({
  ...{ action: 'mask', rule: 'email', value: 'an@example.vn', form: 'text' },
  ...fields,
});

describe('a placeholder', () => {
  test.each<[Replaced['action'], Replaced['form'], RegExp]>([
    ['redact', 'text', /^\[EMAIL\]$/],
    ['mask', 'json', /^\[EMAIL_1\]$/],
    ['hash', 'text', /^\[EMAIL_[0-9a-f]{16}\]$/],
    ['redact', 'identifier', /^email$/],
    ['mask', 'identifier', /^email_1$/],
    ['hash', 'identifier', /^email_[0-9a-f]{16}$/],
  ])('of %s in a text of form %s', (action, form, expected) => {
    expect(create().replacementOf(email({ action, form }))).toMatch(expected);
  });

  test('has the same number for the same value, in all of a request and in whatever form', () => {
    const placeholders = create();
    const values = ['a@x.vn', 'b@x.vn', 'a@x.vn'];
    expect(values.map((value) => placeholders.replacementOf(email({ value })))).toEqual([
      ...['[EMAIL_1]', '[EMAIL_2]', '[EMAIL_1]'],
    ]);
    expect(placeholders.replacementOf(email({ value: 'b@x.vn', form: 'identifier' }))).toBe('email_2');
    expect(placeholders.replacementOf(email({ rule: 'phone', value: 'a@x.vn' }))).toBe('[PHONE_1]');
  });

  test("never has a number that the request's own text has: that one is not put back", () => {
    const placeholders = create(['see [EMAIL_1]', 'and MY_EMAIL_2', 'or email_3']);
    expect(placeholders.replacementOf(email({}))).toBe('[EMAIL_4]');
    expect(placeholders.restore('[EMAIL_1] [EMAIL_4]', 'text')).toBe('[EMAIL_1] an@example.vn');
  });

  test('is found in time in a request that is full of what looks like one', () => {
    const text = Array.from({ length: 400_000 }, (_, i) => `_${i}`).join('') + 'EMAIL_1'.repeat(100_000);
    const placeholders = create([text]);
    expect(placeholders.replacementOf(email({}))).toBe('[EMAIL_2]');
  });

  test('of a hash is the same for an organisation for as long as the oldest key is kept, and no digits alone', () => {
    const [old, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const before = hashKeyOf(new MasterKeys([old]), 'acme');
    expect(hashKeyOf(new MasterKeys([newer, old]), 'acme')).toEqual(before);
    expect(hashKeyOf(new MasterKeys([old]), 'other')).not.toEqual(before);
    const placeholders = create();
    for (let i = 0; i < 2_000; i++) {
      const hash = placeholders.replacementOf(email({ action: 'hash', value: `${i}@x.vn` }));
      expect(/_[0-9a-f]*[a-f][0-9a-f]*\]$/.test(hash)).toBe(true);
    }
  });
});

test('what was masked is put back exactly, in texts, in JSON and in names', () => {
  const values = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, (masked) => {
      const placeholders = create();
      const texts = masked.map((value) => placeholders.replacementOf(email({ value })));
      expect(placeholders.restore(texts.join(' '), 'text')).toBe(masked.join(' '));
      const json = placeholders.restore(JSON.stringify(texts), 'json');
      expect(JSON.parse(json)).toEqual(masked);
      const names = masked.map((value) => placeholders.replacementOf(email({ value, form: 'identifier' })));
      expect(names.map((name) => placeholders.restore(`to_${name}`, 'identifier'))).toEqual(
        masked.map((value) => `to_${value}`),
      );
    }),
    { numRuns: 30 },
  );
});

describe('nothing is found again in what stands in the place of a value', () => {
  const within = (text: string, part: string, rule = 'phone') => {
    const start = text.indexOf(part);
    return isInPlaceholder(text, { start, end: start + part.length }, rule);
  };

  test.each(['[PHONE]', '[PHONE_12]', '[BANK_CARD_0123456789abcdef]'])('as %s', (placeholder) => {
    expect(within(`call ${placeholder} now`, placeholder.slice(1, -1))).toBe(true);
  });

  test.each([
    ['0912345678', '[PHONE_0912345678]', 'a number that is no number of ours'],
    ['4111111111111111', '[BANK_CARD_4111111111111111]', 'digits where a hash stands'],
    ['AKIAIOSFODNN7EXAMPLE', '[AKIAIOSFODNN7EXAMPLE]', 'a key in brackets'],
    ['0912345678', '[EMAIL] 0912345678 [EMAIL]', 'what stands between two'],
  ])('but %s is found in %s: %s', (part, text) => {
    expect(within(text, part)).toBe(false);
  });

  test("as a tenant's rule writes it, for that rule alone", () => {
    expect(labelOf('project-name')).toBe('PROJECT_NAME');
    expect(within('[PROJECT_NAME]', 'PROJECT', 'project-name')).toBe(true);
    expect(within('[PROJECT_NAME]', 'PROJECT', 'other')).toBe(false);
  });
});

test('a placeholder that may be cut off is known by its beginning', () => {
  expect(openPlaceholderStart('to [EMA')).toBe(3);
  expect(openPlaceholderStart('to [EMAIL_1] x')).toBe(14);
  expect(openPlaceholderStart('a [link')).toBe(2);
  expect(openPlaceholderStart('a [two words')).toBe(12);
});

test('an answer that names a long value again and again is no longer than an answer may be', async () => {
  const placeholders = create();
  const value = 'a'.repeat(8_192);
  placeholders.replacementOf({ action: 'mask', rule: 'secret', value, form: 'text' });
  const restored = await placeholders.restoreLong('[SECRET_1]'.repeat(100_000), 'text', () => undefined);
  expect(restored.length).toBeLessThan(10 * 1_048_576);
  expect(restored.startsWith(value)).toBe(true);
});

test('a long text has its values put back wherever it is cut', async () => {
  const placeholders = create();
  placeholders.replacementOf(email({}));
  for (let before = 65_520; before < 65_540; before += 3) {
    const text = (said: string) => `${'x'.repeat(before)}${said}${'y'.repeat(70_000)}${said}`;
    const restored = await placeholders.restoreLong(text('[EMAIL_1]'), 'text', () => undefined);
    expect(restored === text('an@example.vn'), `${before}`).toBe(true);
  }
});
