import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrayElement, storableMetadata, storableText } from './storable-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 400 });

test('whatever a text holds, what is stored of it has no NUL, no half of a pair, and fits', () => {
  const broken = fc
    .array(fc.oneof(anyText, fc.constantFrom('\0', '\ud800', '\udfff', '😀')))
    .map((texts) => texts.join(''));
  fc.assert(
    fc.property(broken, (text) => {
      const stored = storableText(text);
      expect(stored).not.toContain('\0');
      expect(stored.isWellFormed()).toBe(true);
      expect(stored.length).toBeLessThanOrEqual(256);
      if (text.length <= 256 && text.isWellFormed() && !text.includes('\0')) expect(stored).toBe(text);
    }),
  );
});

test('metadata is stored as valid JSON of a bounded size, and says where something is missing', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText), (metadata) => {
      expect(Object.keys(JSON.parse(storableMetadata(metadata)) as object).length).toBeLessThanOrEqual(
        Object.keys(metadata).length,
      );
    }),
  );
  const large = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`name${i}`, 'x'.repeat(1_000)]));
  const stored = storableMetadata(large);
  expect(stored.length).toBeLessThan(40_000);
  expect(JSON.parse(stored)).toMatchObject({ name0: large['name0'], 'weir.truncated': 'true' });
});

test('an element of an array stays one element', () => {
  expect(arrayElement('plain, {text}')).toBe('"plain, {text}"');
  expect(arrayElement('a "b" \\')).toBe(String.raw`"a \"b\" \\"`);
});
