import { expect, test } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context } from '../../../test/recorded/recorded.ts';
import { OpenaiStreamParser } from './stream-parser.ts';

/** Plays a list of pieces, each in a chunk of its own, and joins what a client gets. */
function play(pieces: readonly object[]) {
  return playChunks(pieces.map((piece) => [piece]));
}

function playChunks(chunks: readonly (readonly object[])[]) {
  const stream = new OpenaiStreamParser(context);
  const sent = chunks.flatMap((calls) => {
    const choices = [{ index: 0, delta: { tool_calls: calls }, finish_reason: null }];
    const chunk = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
    return stream.push({ data: JSON.stringify(chunk) });
  });
  return collectChunks(sent).toolCalls;
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
  const first = call('f', '{"x":1}', { index: 0, id: 'a' });
  const second = call('f', '{"y":2}', { index: 1 });
  expect(playChunks([[first, second]])).toEqual([two[0], { ...two[1], id: 'call_req_1_1' }]);
});
