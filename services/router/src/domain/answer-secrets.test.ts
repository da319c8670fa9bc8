import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingUsage } from '../dialects/usage.ts';
import { AnswerSecrets } from './answer-secrets.ts';

const key = 'no-form/0123456789"abcdef';
const secrets = new AnswerSecrets([key, 'unused', '1234567890123456']);

test('a key is in no text of an answer, as it is or in escapes, and the answer stays the JSON that it was', () => {
  const escape = fc.constantFrom(
    (character: string) => character,
    (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`,
    (character: string) => (character === '/' ? '\\/' : character),
  );
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(escape, { minLength: key.length, maxLength: key.length }),
      (text, escapes) => {
        const spelt = Array.from(key, (character, index) =>
          character === '"' ? '\\"' : (escapes[index]?.(character) ?? character),
        ).join('');
        const cleaned = secrets.cleanJson(`{"content":${JSON.stringify(text)},"id":"x${spelt}y"}`);
        expect(JSON.parse(cleaned)).toEqual({ content: text, id: 'x[redacted]y' });
      },
    ),
  );
});

test('an answer without a key is passed on as the text that it is', () => {
  for (const text of ['{"content":"unused \\u0041 \\\\u0041 \\u00e9"}', '{"created":1234567890123456}']) {
    expect(secrets.cleanJson(text)).toBe(text);
  }
});

test('an answer of any length is searched, and each key in it replaced', () => {
  const spelt = key.replace('0', '\\u0030').replace('"', '\\"');
  const long = 'é"/'.repeat(200_000);
  const json = `[${JSON.stringify(long)},"${spelt}${spelt}","no-form/${spelt}"]`;
  expect(JSON.parse(secrets.cleanJson(json))).toEqual([long, '[redacted][redacted]', 'no-form/[redacted]']);
});

test('a key that is chosen to be hard to find is looked for as quickly as any other', () => {
  const half = 'a'.repeat(2_000);
  // A native search would compare 10^10 characters.
  const json = `"${'a'.repeat(5_000_000)}"`;
  expect(new AnswerSecrets([`${half}b${half}`]).cleanJson(json)).toBe(json);
});

test('a name that is too long to be searched is taken for one that repeats a key', () => {
  expect(secrets.isRepeatedIn('x'.repeat(2_000))).toBe(true);
  expect(secrets.isRepeatedIn('x'.repeat(1_000))).toBe(false);
});

test('warnings are few and short, and one that repeats a key in any spelling is not told', () => {
  const backwards = Array.from(key).reverse().join('');
  const warnings = [
    `left out: ${backwards}`,
    'x'.repeat(1_000),
    ...Array.from({ length: 100 }, () => 'more'),
  ];
  const cleaned = secrets.cleanWarnings(warnings);
  expect(cleaned.slice(0, 3)).toEqual(['[redacted]', 'x'.repeat(200), 'more']);
  expect(cleaned).toHaveLength(20);
});

test('a key in the name of a model or a tier is in no usage record', () => {
  const usage = { ...missingUsage('gpt-4.1-2025-04-14'), serviceTier: 'default' };
  expect(secrets.cleanUsage(usage)).toBe(usage);
  const held = [{ modelServed: `x${key}` }, { serviceTier: Buffer.from(key).toString('base64') }];
  for (const fields of held) {
    expect(secrets.cleanUsage({ ...usage, ...fields })).toEqual({
      ...usage,
      modelServed: '[redacted]',
      serviceTier: undefined,
    });
  }
});
