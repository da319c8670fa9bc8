import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measureJson } from './json-measure.ts';

const measure = (text: string) => measureJson(Buffer.from(text));

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('the depth is that of the parsed value, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      expect(measure(text).depth).toBe(depthOf(JSON.parse(text)));
    }),
  );
});

test('values are counted by what parts them, outside of strings', () => {
  expect(measure('[1,2,{"a":"x,y\\",z","b":3}]').values).toBe(4);
});

test.each(['"', '"\\', '"\\"', ']]]]', '\\"', ''])(
  'the text %j, which is no JSON, is measured too',
  (text) => {
    expect(measure(text)).toEqual({ depth: 0, values: 1 });
  },
);
