import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMaskedKey } from './masked-key.ts';

test.each([
  ...[
    '****abcd',
    'sk-****',
    'sk-...abcd',
    'sk-proj-…abcd',
    '••••abcd',
    '***',
    'sk-xxxx',
    'xxxxxxxxabcd',
    'XXX',
  ],
  ...['REDACTED', '[REDACTED]', 'sk-REDACTED', '_redacted_', '<your key>', '<OPENAI_API_KEY>', '{{api_key}}'],
  ...[
    '${OPENAI_API_KEY}',
    '$OPENAI_API_KEY',
    '%OPENAI_API_KEY%',
    'your-api-key',
    'YOUR_OPENAI_KEY',
    'changeme',
  ],
  ...['sk-your-key-here', 'paste_your_token', 'API_KEY_HERE', '[object Object]'],
])('%s is no key', (text) => {
  expect(isMaskedKey(text)).toBe(true);
});

test.each([
  'dummy',
  'EMPTY',
  'none',
  'ollama',
  'x',
  'test-key',
  'key',
  'a.b.c',
  'header..iv.text.tag',
  'sk-weir-1',
])('%s may be a key: a host of one’s own takes whatever it likes', (text) => {
  expect(isMaskedKey(text)).toBe(false);
});

test('no random key is taken for a mask', () => {
  const key = fc
    .tuple(fc.constantFrom('sk-', 'sk-ant-api03-', 'gsk_', 'AIza', ''), fc.integer({ min: 16, max: 128 }))
    .map(([prefix, bytes]) => prefix + randomBytes(bytes).toString('base64url'));
  fc.assert(
    fc.property(key, (text) => {
      fc.pre(!/x{6}/i.test(text));
      expect(isMaskedKey(text)).toBe(false);
    }),
  );
});
