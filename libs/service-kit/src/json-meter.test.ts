import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWithLongNumbers } from './exact-json.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { JsonLimitError, JsonMeter } from './json-meter.ts';

const unlimited = {
  maxValues: Infinity,
  maxDepth: 1_000,
  maxKeys: Infinity,
  maxNames: Infinity,
  maxDigits: Infinity,
  maxLongNumbers: Infinity,
};

interface Figures {
  values: number;
  depth: number;
  keys: number;
}

/** What stands in a parsed value, by looking at it. */
function figuresOf(value: unknown): Figures {
  if (typeof value !== 'object' || value === null) return { values: 0, depth: 0, keys: 0 };
  const inner = Object.values(value).map(figuresOf);
  const ownKeys = Array.isArray(value) ? 0 : inner.length;
  return {
    values: 1 + Math.max(0, inner.length - 1) + ownKeys + inner.reduce((sum, { values }) => sum + values, 0),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    keys: Math.max(ownKeys, ...inner.map(({ keys }) => keys)),
  };
}

const isTaken = (text: string, limits: Partial<typeof unlimited>) => {
  try {
    new JsonMeter({ ...unlimited, ...limits }).measure(text);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(JsonLimitError);
    return false;
  }
};

/** Texts full of what a scan could stumble over. */
const anyJson = fc
  .jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom('"', '\\', '[', '{', ':', ',', '7', 'ạ') })
  .map((value) => [JSON.stringify(value), JSON.parse(JSON.stringify(value))] as const);

test('a text is taken if, and only if, it holds no more than each limit allows', () => {
  fc.assert(
    fc.property(anyJson, ([text, value]) => {
      const { values, depth, keys } = figuresOf(value);
      expect(isTaken(text, { maxValues: values, maxDepth: depth, maxKeys: keys })).toBe(true);
      expect(isTaken(text, { maxValues: values - 1 })).toBe(values === 0);
      if (depth > 0) expect(isTaken(text, { maxDepth: depth - 1 })).toBe(false);
      if (keys > 0) expect(isTaken(text, { maxKeys: keys - 1 })).toBe(false);
    }),
  );
});

test('in pieces it is measured as it is whole', () => {
  fc.assert(
    fc.property(anyJson, fc.array(fc.nat(60), { maxLength: 6 }), ([text], places) => {
      const cuts = [0, ...places.map((place) => Math.min(place, text.length)), text.length].sort(
        (a, b) => a - b,
      );
      const [whole, pieces] = [new JsonMeter(unlimited), new JsonMeter(unlimited)];
      whole.measure(text);
      for (const [i, cut] of cuts.entries()) pieces.measure(text, cuts[i - 1] ?? 0, cut);
      expect(pieces.values).toBe(whole.values);
    }),
  );
});

test.each([
  ['[1234567890123456,1234567890123456]', { maxLongNumbers: 1 }],
  [`[${'1'.repeat(401)}]`, { maxDigits: 400 }],
])('numbers are measured: %s', (text, limits) => {
  expect(isTaken(text, limits)).toBe(false);
  expect(isTaken(JSON.stringify(text), limits)).toBe(true);
});

test('probabilities are no long numbers, however many digits stand after the point', () => {
  const json = JSON.stringify(Array.from({ length: 10 }, (_, i) => -0.3132616019248962 / (i + 1)));
  expect(isTaken(json, { maxLongNumbers: 0, maxDigits: 20 })).toBe(true);
});

test('an integer keeps its digits, wherever the text is cut to be measured', () => {
  const json = '{"a":[0.12345678901234567],"b":-1234567890123456789,"c":"1234567890123456789"}';
  for (let cut = 0; cut <= json.length; cut++) {
    const meter = new JsonMeter(unlimited);
    meter.measure(json, 0, cut);
    meter.measure(json, cut);
    expect(meter.longNumberPlaces).toHaveLength(1);
    expect(JSON.stringify(parseWithLongNumbers(json, meter.longNumberPlaces))).toContain(
      '1234567890123456789',
    );
  }
});

test('several texts count together', () => {
  const meter = new JsonMeter({ ...unlimited, maxValues: 5 });
  meter.measure('[1,2]');
  meter.endText();
  expect(() => {
    meter.measure('[1,2,3,4]');
  }).toThrow('it has more than 5 values, brackets and keys');
});

test('what is over a limit is not parsed at all', () => {
  const text = '['.repeat(1_000_000);
  expect(() => parseBoundedJson(text, { ...unlimited, maxDepth: 256 })).toThrow(JsonLimitError);
});

test('keys that differ are limited, and not how often they come, however the text is cut', () => {
  const objects = (names: number) =>
    `[${Array.from({ length: 20_000 }, (_, index) => `{"name\\"${index % names}" : 1}`).join(',')}]`;
  expect(isTaken(objects(1_900), { maxNames: 2_000 })).toBe(true);
  expect(isTaken(objects(2_200), { maxNames: 2_000 })).toBe(false);
  const meter = new JsonMeter({ ...unlimited, maxNames: 2_000 });
  const text = objects(1_900);
  for (let from = 0; from < text.length; from += 1_000)
    meter.measure(text, from, Math.min(text.length, from + 1_000));
  expect(meter.values).toBe(60_000);
});
