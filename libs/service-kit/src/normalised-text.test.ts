import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isQuicklyNormalised, normalised } from './normalised-text.ts';

test('what anybody writes is normalised as ever', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('NFC', 'NFKD'), (text, form) => {
      expect(normalised(text, form)).toBe(text.normalize(form));
    }),
  );
});

test.each(['\u0323\u0301', '\uff9e\u0301', '\u3099\u0301', '\u{1d165}\u0323', 'a\u0323\u0301'.repeat(3)])(
  'no row of marks is put in order by going back over all of it: %j',
  (marks) => {
    const text = `a${marks.repeat(200_000)}`;
    // Quadratic, it would take a minute and more.
    expect(normalised(text, 'NFKD').length).toBeGreaterThan(30);
    expect(isQuicklyNormalised(text)).toBe(marks.includes('a'));
  },
);
