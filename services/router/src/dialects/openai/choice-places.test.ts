import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChoicePlaces } from './choice-places.ts';

test('each choice has a place of its own among those asked for, and keeps it; what is beyond them has none', () => {
  const indexes = fc.array(fc.oneof(fc.nat({ max: 6 }), fc.nat()), { maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), indexes, (choices, told) => {
      const places = new ChoicePlaces(choices);
      const given = new Map(told.map((index) => [index, places.of(index)]));
      const kept = [...given.values()].filter((place) => place !== undefined);
      expect(new Set(kept).size).toBe(kept.length);
      expect(kept.length).toBe(Math.min(choices, given.size));
      expect(kept.every((place) => place >= 0 && place < choices)).toBe(true);
      expect(places.hasSurplus).toBe(given.size > choices);
      for (const [index, place] of given) expect(places.of(index)).toBe(place);
    }),
  );
});

test('a choice at an index that the request has asked for stays there', () => {
  const places = new ChoicePlaces(3);
  expect([2, 0, 1].map((index) => places.of(index))).toEqual([2, 0, 1]);
  expect(new ChoicePlaces(1).of(1_000_000_000)).toBe(0);
});
