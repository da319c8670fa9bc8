import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Field, literalText, type Place, replaceValues, walkJson } from './json-walker.ts';

const unknown: Field<never> = { fields: new Map() };

function stringsOf(json: string) {
  const found: { place: Place; text: string; isKey: boolean }[] = [];
  const walk = walkJson(json, unknown, {
    onString: (_node, place) => found.push({ place, text: literalText(json, place), isKey: false }),
    onKey: (_node, place, text) => found.push({ place, text, isKey: true }),
  });
  while (!walk.next().done);
  return found;
}

/** In the order in which they are written. */
function expectedStrings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(expectedStrings);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...expectedStrings(inner)]);
}

test('every string and every key of any JSON is told of, with its place', () => {
  fc.assert(
    fc.property(
      fc.json({ stringUnit: 'binary', maxDepth: 3 }),
      fc.constantFrom(undefined, 2),
      (compact, space) => {
        const value: unknown = JSON.parse(compact);
        const json = JSON.stringify(value, undefined, space);
        const found = stringsOf(json);
        expect(found.map(({ text }) => text)).toEqual(expectedStrings(value));
        const written = found.map(({ place }) => JSON.parse(json.slice(place.start, place.end)) as unknown);
        expect(written).toEqual(found.map(({ text }) => text));
      },
    ),
    { numRuns: 30 },
  );
});

test('what is not replaced stays as it was written, to the byte', () => {
  const json =
    '{ "n": 12345678901234567890, "b" : "x\\u0041",\n"a":"secret" , "e": 1.0e+2, "a": [ "secret" ] }';
  const replacements = stringsOf(json)
    .filter(({ text }) => text === 'secret')
    .map(({ place }) => ({ ...place, json: '"[S]"' }));
  expect(replaceValues(json, replacements)).toBe(json.replaceAll('secret', '[S]'));
});

test('a value within one that is replaced goes with it', () => {
  const json = '{"a":["b"]}';
  expect(
    replaceValues(json, [
      { start: 6, end: 9, json: '"c"' },
      { start: 5, end: 10, json: 'null' },
    ]),
  ).toBe('{"a":null}');
});

test('nesting costs neither stack nor more than its length', () => {
  const depth = 20_000;
  const json = `${'[{"a":'.repeat(depth)}"x"${'}]'.repeat(depth)}`;
  expect(stringsOf(json)).toHaveLength(depth + 1);
});
