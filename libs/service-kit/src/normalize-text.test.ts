import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeText } from './normalize-text.ts';

const forms = fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD');

test('every text that somebody writes has the form that it always had', () => {
  const written = fc.string({ unit: 'grapheme', maxLength: 200 });
  fc.assert(
    fc.property(written, forms, (text, form) => {
      expect(normalizeText(text, form)).toBe(text.normalize(form));
    }),
  );
});

test('thirty marks on a letter are still put into their order', () => {
  const marks = '\u0301\u0316'.repeat(15);
  expect(normalizeText(`a${marks}b`.repeat(20), 'NFD')).toBe(`a${marks}b`.repeat(20).normalize('NFD'));
});

test.each([
  ['marks', '\u0301\u0316'],
  ['marks beyond the basic plane', '\u{1d165}\u{1d16d}'],
  ['marks that become several', '\u0344\u0316'],
])('no run of %s is sorted that is longer than thirty, wherever it begins', (_, marks) => {
  const run = fc.tuple(fc.nat(60), fc.integer({ min: 16, max: 60 }), fc.string({ maxLength: 30 }));
  fc.assert(
    fc.property(run, forms, ([before, count, after], form) => {
      const normal = normalizeText(`${'a'.repeat(before)}${marks.repeat(count)}${after}`, form);
      expect(normal).toContain('\u034f');
    }),
  );
});

test('millions of marks on one letter take no more time than other letters', () => {
  // These took an hour.
  const text = `a${'\u0301\u0316'.repeat(1_500_000)}`;
  expect(normalizeText(text, 'NFC').length).toBeGreaterThan(text.length);
});
