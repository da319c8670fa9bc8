import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { arrayOf, looseObjectOf, recordOf } from './collections.ts';

/** How often an item is looked at. */
function counted() {
  let count = 0;
  const schema = z.custom<string>((value) => {
    count++;
    return typeof value === 'string';
  });
  return { schema, count: () => count };
}

const bad = new Array<unknown>(90_000).fill(1);

test('nothing is looked at behind the first item of a list that is not valid', () => {
  const { schema, count } = counted();
  const { error } = arrayOf(schema).safeParse(['a', ...bad]);
  expect(error?.issues).toMatchObject([{ code: 'custom', path: [1] }]);
  expect(count()).toBe(2);
});

test('nothing is looked at behind the first entry of an object that is not valid', () => {
  const { schema, count } = counted();
  const { error } = recordOf(z.string(), schema).safeParse(Object.fromEntries(bad.entries()));
  expect(error?.issues).toMatchObject([{ code: 'custom', path: ['0'] }]);
  expect(count()).toBeLessThanOrEqual(2);
  const tooLong = recordOf(z.string().max(1), z.unknown()).safeParse({ a: 1, bb: 1, ccc: 1 });
  expect(tooLong.error?.issues).toMatchObject([{ code: 'invalid_key', path: ['bb'] }]);
});

test('of keys that an object need not have none is looked at, and what becomes no other value is not copied', () => {
  const schema = arrayOf(looseObjectOf({ id: z.string(), tags: recordOf(z.string(), z.string()) }));
  const unknown = Object.fromEntries(bad.map((_, index) => [index, 'x']));
  const given = [{ id: 'a', tags: { b: 'c' }, ...unknown }];
  expect(schema.parse(given)).toBe(given);
});

test('what is given stays as it is where a field becomes another', () => {
  const schema = arrayOf(looseObjectOf({ id: z.string().toUpperCase() }));
  const given = [{ id: 'a', x: 1 }, { id: 'B' }];
  const parsed = schema.parse(given);
  expect(parsed).toEqual([{ id: 'A', x: 1 }, { id: 'B' }]);
  expect(given).toEqual([{ id: 'a', x: 1 }, { id: 'B' }]);
  expect(parsed[1]).toBe(given[1]);
});

test('the length of a list is judged before its items', () => {
  const { schema, count } = counted();
  for (const list of [arrayOf(schema).max(2), arrayOf(schema).min(1).length(2)]) {
    const { error } = list.safeParse(bad);
    expect(error?.issues).toMatchObject([{ code: 'too_big', maximum: 2, path: [] }]);
  }
  expect(count()).toBe(0);
});

test('lists within lists stop together', () => {
  const grid = arrayOf(arrayOf(z.looseObject({ id: z.string(), tags: recordOf(z.string(), z.string()) })));
  const { error } = grid.safeParse([[{ id: 'a', tags: {} }, { id: 1, tags: { b: 1, c: 1 } }, {}], [{}]]);
  expect(error?.issues.map(({ path }) => path)).toEqual([
    [0, 1, 'id'],
    [0, 1, 'tags', 'b'],
  ]);
});

const small = z.string().max(2);
const shape = {
  a: z.string().toUpperCase(),
  b: small.nullish(),
  c: z.unknown(),
  d: small.default('d'),
  e: z.preprocess((value) => (value === null ? '' : value), small),
};
const pairs = [
  [z.array(small).min(1).max(3), arrayOf(small).min(1).max(3)],
  [z.array(z.array(small)), arrayOf(arrayOf(small))],
  [z.record(small, z.number()), recordOf(small, z.number())],
  [z.record(z.string().toUpperCase(), small), recordOf(z.string().toUpperCase(), small)],
  [z.record(z.enum(['a', 'b']), small), recordOf(z.enum(['a', 'b']), small)],
  [z.looseObject(shape), looseObjectOf(shape)],
  [z.looseObject(shape).strict(), looseObjectOf(shape).strict()],
] as const;

test('what zod takes is taken, as zod makes it, and what it refuses is refused for its first reason', () => {
  const text = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', '1'),
    fc.string({ maxLength: 3 }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (given) => {
      for (const [ofZod, ours] of pairs) {
        const expected = ofZod.safeParse(given);
        const parsed = ours.safeParse(given);
        expect(parsed.data).toEqual(expected.data);
        expect(parsed.error?.issues[0]).toEqual(expected.error?.issues[0]);
      }
    }),
    { numRuns: 200 },
  );
});

test('they are described as others are', () => {
  for (const [ofZod, ours] of pairs) expect(z.toJSONSchema(ours)).toEqual(z.toJSONSchema(ofZod));
});
