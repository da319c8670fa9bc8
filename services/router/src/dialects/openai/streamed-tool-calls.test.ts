import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context } from '../../../test/recorded/recorded.ts';
import { OpenaiStreamParser } from './stream-parser.ts';

/** Plays a list of pieces, each in a chunk of its own, and joins what a client gets. */
function play(pieces: readonly object[]) {
  return playChunks(pieces.map((piece) => [piece]));
}

const chunkOf = (delta: object, finishReason: string | null = null) => ({
  ...{ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm' },
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});

function send(chunks: readonly object[], forcesNamedCall = false) {
  const stream = new OpenaiStreamParser({ ...context, forcesNamedCall });
  return chunks.flatMap((chunk) => stream.push({ data: JSON.stringify(chunk) }));
}

function playChunks(chunks: readonly (readonly object[])[], end?: object) {
  const pieces = chunks.map((calls) => chunkOf({ tool_calls: calls }));
  return collectChunks(send([...pieces, end ?? chunkOf({}, 'tool_calls')])).toolCalls;
}

const call = (name: string, json: string, fields: object = {}) => ({
  ...fields,
  type: 'function',
  function: { name, arguments: json },
});
const more = (json: string, fields: object = {}) => ({ ...fields, function: { arguments: json } });
const two = [
  { id: 'a', name: 'f', arguments: '{"x":1}' },
  { id: 'b', name: 'f', arguments: '{"y":2}' },
];

test.each([
  [
    "in OpenAI's form",
    [
      call('f', '', { index: 0, id: 'a' }),
      more('{"x":1}', { index: 0 }),
      call('f', '{"y":2}', { index: 1, id: 'b' }),
    ],
  ],
  ['without an index', [call('f', '{"x":1}', { id: 'a' }), call('f', '{"y":2}', { id: 'b' })]],
  [
    'in pieces without an index',
    [call('f', '{"x"', { id: 'a' }), more(':1}'), call('f', '{"y"', { id: 'b' }), more(':2}')],
  ],
  [
    'in pieces that repeat their id',
    [call('f', '{"x"', { id: 'a' }), call('', ':1}', { id: 'a' }), call('f', '{"y":2}', { id: 'b' })],
  ],
])('two calls stay two: %s', (_, pieces) => {
  expect(play(pieces)).toEqual(two);
});

test.each([
  [
    'with an index',
    [call('f', '{"x"', { index: 0 }), more(':1}', { index: 0 }), call('f', '{"y":2}', { index: 1, id: '' })],
  ],
  ['without one', [call('f', '{"x"'), more(':1}'), call('f', '{"y":2}')]],
])('a call without an id gets one, at its first piece: %s', (_, pieces) => {
  expect(play(pieces)).toEqual([
    { ...two[0], id: 'call_req_1_0' },
    { ...two[1], id: 'call_req_1_1' },
  ]);
});

test('calls that come in one chunk keep the ids they have', () => {
  const known = call('f', '{"x":1}', { index: 0, id: 'a' });
  const nameless = call('f', '{"y":2}', { index: 1 });
  expect(playChunks([[known, nameless]])).toEqual([two[0], { ...two[1], id: 'call_req_1_1' }]);
});

const first = { index: 0, id: 'a' };
const second = { index: 0, id: 'b' };

test.each([
  ['whole', [[call('f', '{"x":1}', first)], [call('f', '{"y":2}', second)]]],
  ['in one chunk', [[call('f', '{"x":1}', first), call('f', '{"y":2}', second)]]],
  [
    'in fragments without an id',
    [
      [call('f', '', first)],
      [more('{"x":', { index: 0 })],
      [more('1}', { index: 0 })],
      [call('f', '', second)],
      [more('{"y":', { index: 0 })],
      [more('2}', { index: 0 })],
    ],
  ],
  [
    'with an index that is text',
    [[call('f', '{"x":1}', { index: '0', id: 'a' })], [call('f', '{"y":2}', { index: '1', id: 'b' })]],
  ],
  [
    'whose arguments are objects',
    [
      [{ ...first, type: 'function', function: { name: 'f', arguments: { x: 1 } } }],
      [{ ...second, type: 'function', function: { name: 'f', arguments: { y: 2 } } }],
    ],
  ],
  [
    'whose arguments are JSON in a JSON text',
    [
      [call('f', JSON.stringify('{"x":1}'), first)],
      [call('f', '"{\\"y\\":', second)],
      [more('2}"', { index: 0 })],
    ],
  ],
  [
    'that repeat id and name in each piece',
    [
      [call('f', '{"x"', first)],
      [call('f', ':1}', first)],
      [call('f', '{"y"', { index: 1, id: 'b' })],
      [call('f', ':2}', { index: 1, id: 'b' })],
      [call('f', '', { index: 1, id: 'b' })],
    ],
  ],
  [
    'with another id in each piece',
    [
      [call('f', '', first)],
      [more('{"x"', { index: 0, id: 'r1' })],
      [more(':1}', { index: 0, id: 'r2' })],
      [call('f', '{"y":2}', second)],
    ],
  ],
  [
    'with an index that counts pieces',
    [
      [call('f', '', first)],
      [more('{"x"', { index: 1 })],
      [more(':1}', { index: 2 })],
      [call('f', '{"y":2}', { index: 3, id: 'b' })],
    ],
  ],
  [
    'by turns, known by their ids alone',
    [
      [call('f', '', { id: 'a' })],
      [call('f', '', { id: 'b' })],
      [more('{"x":1}', { id: 'a' })],
      [more('{"y":2}', { id: 'b' })],
    ],
  ],
  [
    'whose name comes last',
    [
      [more('{"x"', first)],
      [call('f', ':1}', { index: 0 })],
      [{ index: 1, id: 'b', type: 'function' }],
      [call('f', '{"y":2}', { index: 1 })],
    ],
  ],
  [
    'counted from 1',
    [[call('f', '{"x":1}', { index: 1, id: 'a' })], [call('f', '{"y":2}', { index: 2, id: 'b' })]],
  ],
  [
    'said whole once more at the end',
    [
      [call('f', '{"x":1}', first)],
      [call('f', '{"y":2}', { index: 1, id: 'b' })],
      [call('f', '{"y":2}', { index: 1, id: 'b' })],
    ],
  ],
])('two calls that a host sends %s have an index, an id and arguments of their own', (_, chunks) => {
  expect(playChunks(chunks)).toEqual(two);
});

test.each([
  ['at another index', { index: 1, id: 'a' }],
  ['at the same index', { index: 0, id: 'a' }],
])('a second call by the id of the first gets one of its own: %s', (_, fields) => {
  expect(playChunks([[call('f', '{"x":1}', first), call('f', '{"y":2}', fields)]])).toEqual([
    two[0],
    { ...two[1], id: 'call_req_1_1' },
  ]);
});

test('an id that comes after the first piece does not change the one that the client has', () => {
  expect(play([call('f', '', { index: 0 }), more('{"x":1}', { index: 0, id: 'late' })])).toEqual([
    { ...two[0], id: 'call_req_1_0' },
  ]);
});

test('a name in pieces reaches the client in pieces', () => {
  const pieces = [call('edit_', '', first), call('file', '', first), more('{"x":1}', { index: 0 })];
  const sent = send(pieces.map((piece) => chunkOf({ tool_calls: [piece] })));
  expect(sent.join('')).toContain('"name":"file"');
  expect(sent.join('').match(/"id":"a"/g)).toHaveLength(1);
});

test.each([[''], [null], ['null'], [undefined], [' '], ['""']])(
  'arguments that a host leaves out are {} when the call ends: %j',
  (json) => {
    const piece = { ...first, type: 'function', function: { name: 'f', arguments: json } };
    expect(playChunks([[piece]])[0]?.arguments.trim()).toBe('{}');
    const together = chunkOf({ tool_calls: [piece] }, 'stop');
    expect(collectChunks(send([together]))).toMatchObject({
      toolCalls: [{ id: 'a', name: 'f' }],
      finishReasons: ['tool_calls'],
    });
    expect(collectChunks(send([together])).toolCalls[0]?.arguments.trim()).toBe('{}');
  },
);

test.each([
  ['by text', call('f', '{}', first)],
  ['by an object', { ...first, type: 'function', function: { name: 'f', arguments: {} } }],
])('{} that a host sends ahead of the arguments is none of them: %s', (_, begin) => {
  const pieces = [begin, more('{"x"', { index: 0 }), more(':1}', { index: 0 }), call('f', '{"y":2}', second)];
  expect(play(pieces)).toEqual(two);
  const named = [begin, call('f', '{"x":1}', first), call('f', '{"y":2}', { index: 1, id: 'b' })];
  expect(play(named)).toEqual(two);
});

test('a call without arguments passes as it came', () => {
  const begin = chunkOf({ tool_calls: [call('f', '{}', first)] });
  const next = chunkOf({ tool_calls: [call('f', '{}', { index: 1, id: 'b' })] });
  const chunks = [begin, next, chunkOf({}, 'tool_calls')];
  expect(send(chunks)).toEqual(chunks.map((chunk) => JSON.stringify(chunk)));
});

test('what a model was kept from writing out stays as it is', () => {
  expect(playChunks([[call('f', '{"x":', first)]], chunkOf({}, 'length'))[0]?.arguments).toBe('{"x":');
});

test.each(['stop', 'function_call', 'eos', 'tool_use'])(
  'after calls the reason to end is tool_calls: %s',
  (said) => {
    const chunks = [chunkOf({ tool_calls: [call('f', '{}', first)] }), chunkOf({ content: '' }, said)];
    expect(collectChunks(send(chunks)).finishReasons).toEqual(['tool_calls']);
  },
);

test.each(['length', 'content_filter'])('a call that was cut off is not said to be complete: %s', (said) => {
  const chunks = [chunkOf({ tool_calls: [call('f', '{"x', first)] }), chunkOf({}, said)];
  expect(collectChunks(send(chunks)).finishReasons).toEqual([said]);
});

test('a call that the request asked for by name ends with stop, in the bytes that came', () => {
  const chunks = [chunkOf({ tool_calls: [call('f', '{}', first)] }), chunkOf({}, 'stop')];
  expect(send(chunks, true)).toEqual(chunks.map((chunk) => JSON.stringify(chunk)));
});

test('calls of other kinds than functions pass as they came', () => {
  const custom = { ...first, type: 'custom', custom: { name: 'patch', input: '' } };
  const search = { index: 1, id: 'b', type: 'web_search', web_search: { query: 'x' } };
  const chunks = [
    chunkOf({ tool_calls: [custom, search] }),
    chunkOf({ tool_calls: [{ index: 0, custom: { input: '*** Begin' } }] }),
    chunkOf({}, 'tool_calls'),
  ];
  expect(send(chunks)).toEqual(chunks.map((chunk) => JSON.stringify(chunk)));
});

test('calls in fragments of any length are put together as they were', () => {
  const json = fc.dictionary(fc.string({ minLength: 1 }), fc.string()).map((value) => JSON.stringify(value));
  const cuts = fc.array(fc.nat(40), { maxLength: 4 });
  const calls = fc.array(fc.record({ json, cuts }), { minLength: 1, maxLength: 4 });
  const host = fc.record({
    isIndexed: fc.boolean(),
    isAlwaysZero: fc.boolean(),
    repeatsId: fc.boolean(),
    repeatsName: fc.boolean(),
  });
  fc.assert(
    fc.property(calls, host, (made, { isIndexed, isAlwaysZero, repeatsId, repeatsName }) => {
      const pieces = made.flatMap(({ json: text, cuts: at }, position) => {
        const index = isIndexed ? { index: isAlwaysZero ? 0 : position } : {};
        const fragments = cutAt(text, at);
        return fragments.map((fragment, n) => ({
          ...index,
          ...((n === 0 || repeatsId) && { id: `id_${position}` }),
          ...(n === 0 && { type: 'function' }),
          function: { ...((n === 0 || repeatsName) && { name: 'f' }), arguments: fragment },
        }));
      });
      expect(play(pieces)).toEqual(
        made.map(({ json: text }, position) => ({ id: `id_${position}`, name: 'f', arguments: text })),
      );
    }),
  );
});

function cutAt(text: string, places: readonly number[]): string[] {
  const bounds = [0, ...places.filter((at) => at < text.length).sort((a, b) => a - b), text.length];
  return bounds.slice(1).map((end, n) => text.slice(bounds[n], end));
}
