import fc from 'fast-check';
import { nested } from '../hostile-traffic/texts.ts';

/** Numbers that JSON can say and that one cannot count with, or that nobody means. */
const numbers = [
  '0',
  '-0',
  '-1',
  '1.5',
  '1e400',
  '1e-400',
  '4294967296',
  '1000000000',
  '9007199254740993',
  '-9223372036854775809',
  '1'.repeat(300),
];

/** Texts with a meaning somewhere: to a prototype, a terminal, a path, a template, an encoding. */
const texts = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '\u0000',
  '\u001b[31m',
  '\u009b31m',
  '\u202e',
  '\ud800',
  '\r\n\r\n',
  '../../etc/passwd',
  '$upstream',
  '[DONE]',
  'data: x',
  'data:image/png;base64,AAAA',
  '%00',
  'NaN',
  'null',
  '{"a":1}',
  '<script>',
  'a'.repeat(300),
  'é'.repeat(70_000),
];

const quoted = fc
  .oneof(
    fc.constantFrom(...texts),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  )
  .map((text) => JSON.stringify(text));

const names = fc
  .oneof(
    fc.constantFrom(
      ...texts.filter((text) => text.length < 400),
      'index',
      'type',
      'role',
      'content',
      'id',
      'name',
    ),
    fc.string({ maxLength: 10 }),
  )
  .map((text) => JSON.stringify(text));

/** Few are many: what has to be large is, and most runs stay quick. */
const counts = fc.oneof(
  { weight: 30, arbitrary: fc.nat(5) },
  { weight: 3, arbitrary: fc.nat(2_000) },
  { weight: 1, arbitrary: fc.nat(150_000) },
);

const maxListChars = 2_000_000;

/** The same element so many times, up to some megabytes. */
function repeatedList([element, count, open, close]: readonly [string, number, string, string]): string {
  const times = Math.min(count, Math.floor(maxListChars / (element.length + 1)));
  return `${open}${Array.from({ length: times }, () => element).join(',')}${close}`;
}

/** JSON as a text, as odd as it may be: objects with a key twice, long numbers, thousands of elements, hundreds of levels. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; member: string }>((tie) => ({
  member: fc.tuple(names, tie('value')).map(([name, value]) => `${name}:${value}`),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '[]', '{}', ...numbers),
    quoted,
    fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`),
    fc.array(tie('member'), { maxLength: 4 }).map((members) => `{${members.join(',')}}`),
    fc.tuple(tie('value'), counts, fc.constant('['), fc.constant(']')).map(repeatedList),
    fc.tuple(tie('member'), counts, fc.constant('{'), fc.constant('}')).map(repeatedList),
    fc.nat(600).map(nested),
    fc.constant('{"length":100000000}'),
  ),
})).value;

/** Of a document: every place at which a value stands. */
function* pathsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<readonly (string | number)[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value))
    yield* pathsOf(child, [...path, Array.isArray(value) ? Number(name) : name]);
}

const marker = (index: number) => `\u0001value ${index}\u0001`;

function replaceAt(value: unknown, [first, ...rest]: readonly (string | number)[], index: number): unknown {
  if (first === undefined) return marker(index);
  if (Array.isArray(value)) return value.with(Number(first), replaceAt(value[Number(first)], rest, index));
  // A value above it has been replaced.
  if (typeof value !== 'object' || value === null) return value;
  return { ...value, [first]: replaceAt((value as Record<string, unknown>)[first], rest, index) };
}

/** A document of which up to three values are others, or one has a field more. */
const withOtherValues = (document: object): fc.Arbitrary<string> => {
  const paths = [...pathsOf(document)];
  const changes = fc.array(fc.tuple(fc.constantFrom(...paths), jsonText), { minLength: 0, maxLength: 3 });
  return fc.tuple(changes, fc.option(fc.tuple(names, jsonText))).map(([replaced, added]) => {
    const marked = replaced.reduce<unknown>(
      (whole, [path], index) => replaceAt(whole, path, index),
      document,
    );
    const text = replaced.reduce(
      (whole, [, value], index) => whole.replace(JSON.stringify(marker(index)), () => value),
      JSON.stringify(marked),
    );
    return added ? `${text.slice(0, -1)},${added[0]}:${added[1]}}` : text;
  });
};

/** With a piece cut out, and odd characters in its place. */
const withOtherBytes = (text: string) =>
  fc
    .tuple(fc.nat(text.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));

/** A document that is nearly what it should be. */
export const nearly = (document: object): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 9, arbitrary: withOtherValues(document) },
    { weight: 1, arbitrary: withOtherBytes(JSON.stringify(document)) },
    { weight: 1, arbitrary: jsonText },
  );
