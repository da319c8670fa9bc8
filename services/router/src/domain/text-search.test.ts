import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexOfText, isPeriodic } from './text-search.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });

test('a text is found where the native search finds it', () => {
  fc.assert(
    fc.property(text, text, fc.nat(12), (searched, wanted, from) => {
      expect(indexOfText(searched, wanted, from)).toBe(searched.indexOf(wanted, from));
    }),
  );
});

test('a text is periodic where it stands in the middle of itself twice', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 3 }), (part, count) => {
      const whole = part.repeat(count);
      expect(isPeriodic(whole)).toBe(whole !== '' && (whole + whole).indexOf(whole, 1) < whole.length);
    }),
  );
});
