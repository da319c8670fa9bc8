import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxAnswerBytes } from '@weir/contracts/limits';
import { createDecoder, formOf } from './framing.ts';

type Framing = 'sse' | 'ndjson';

/** What comes out when the bytes arrive in pieces of the sizes given, again and again. */
function decode(framing: Framing, bytes: Buffer, sizes: readonly number[]): unknown[] {
  const decoder = createDecoder[framing]();
  const events: unknown[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    events.push(...decoder.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...events, ...decoder.end()];
}

const frame: Record<Framing, (data: string) => string> = {
  sse: (data) => `event: e\ndata: ${data}\n\n`,
  ndjson: (data) => `${data}\n`,
};
const pieceSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 8 });

describe.each(['sse', 'ndjson'] as const)('%s', (framing) => {
  test('any cutting of the bytes gives the same events, characters of several bytes included', () => {
    fc.assert(
      fc.property(texts, pieceSizes, (contents, sizes) => {
        const data = contents.map((content) => JSON.stringify({ content: `${content}ệ👋` }));
        const bytes = Buffer.from(data.map(frame[framing]).join(''));
        const expected = data.map((text) => expect.objectContaining({ data: text }) as unknown);
        expect(decode(framing, bytes, sizes)).toEqual(expected);
      }),
    );
  });

  test('no bytes whatever make it fail', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), pieceSizes, (bytes, sizes) => {
        expect(decode(framing, Buffer.from(bytes), sizes)).toEqual(
          decode(framing, Buffer.from(bytes), [bytes.length || 1]),
        );
      }),
    );
  });

  test.each(['x', 'ệ'])(
    'an event without end is given up, not kept, and it is bytes that count: %s',
    (character) => {
      const decoder = createDecoder[framing]();
      const piece = Buffer.from(`${framing === 'sse' ? 'data: ' : ''}${character.repeat(300_000)}`);
      const pushAll = () => {
        for (let bytes = 0; bytes <= maxAnswerBytes; bytes += piece.length) decoder.push(piece);
      };
      expect(pushAll).toThrow(expect.objectContaining({ code: 'upstream_answer_too_large' }));
    },
  );

  test('any number of events passes: it is one that may not be too large', () => {
    const decoder = createDecoder[framing]();
    const event = Buffer.from(frame[framing]('x'.repeat(1_000_000)));
    const counts = Array.from({ length: 10 }, () => decoder.push(event).length);
    expect(counts).toEqual(Array(10).fill(1));
  });
});

test('SSE: comments, other line ends and fields are understood, and an event that is cut off within its text is none', () => {
  const stream = ': hello\r\n\r\nid: 1\r\ndata: a\r\ndata: b\r\n\r\nretry: 5\n\ndata: c\n\ndata: d\n';
  expect(decode('sse', Buffer.from(stream), [3])).toEqual([
    { name: undefined, data: 'a\nb' },
    { name: undefined, data: 'c' },
  ]);
});

test('NDJSON: empty lines are none, and the last line may lack its end', () => {
  expect(decode('ndjson', Buffer.from('{"a":1}\r\n\n  \n{"b":2}'), [2])).toEqual([
    { data: '{"a":1}' },
    { data: '{"b":2}' },
  ]);
});

test.each([
  ['data: {"a":1}\n', '{"a":1}'],
  ['data: {"a":1}', '{"a":1}'],
  ['data: [DONE]', '[DONE]'],
  ['event: e\r\ndata: {"a":1}\r\n', '{"a":1}'],
])('SSE: a last event that lacks only its blank line is one: %j', (last, data) => {
  const stream = `data: {"b":2}\n\n${last}`;
  for (const size of [1, 7, 1_000]) {
    expect(decode('sse', Buffer.from(stream), [size])).toMatchObject([{ data: '{"b":2}' }, { data }]);
  }
});

test.each([
  ['data: {"a":1}\ndata: {"b":2}\n\n', ['{"a":1}', '{"b":2}']],
  ['event: x\ndata: {"a":1}\nevent: y\ndata: {"b":2}\ndata: [DONE]', ['{"a":1}', '{"b":2}', '[DONE]']],
  ['data: {"a":1}\ndata: {"b', ['{"a":1}']],
  ['data: {\ndata: "a":1}\n\n', ['{\n"a":1}']],
  ['data: one\ndata: two\n\n', ['one\ntwo']],
])('SSE: records between which blank lines are missing are events of their own: %j', (stream, expected) => {
  for (const size of [1, 7, 1_000]) {
    const events = decode('sse', Buffer.from(stream), [size]) as { data: string }[];
    expect(events.map(({ data }) => data)).toEqual(expected);
  }
});

test.each(['data: {"a":', 'data', 'data: {"a":"\u1ec7'])('SSE: what was cut within is none: %j', (last) => {
  expect(decode('sse', Buffer.from(`data: {}\n\n${last}`), [3])).toMatchObject([{ data: '{}' }]);
});

test.each([
  ['data: {"a":1}', 'sse', 'sse'],
  [': keep-alive', 'sse', 'sse'],
  ['event: message_start\ndata: {}', 'sse', 'sse'],
  ['id', 'sse', 'sse'],
  ['dat', 'sse', 'sse'],
  ['{"choices":[]}', 'sse', 'json'],
  ['[{"error":{}}]', 'sse', 'json'],
  ['{"done":false}', 'ndjson', 'ndjson'],
  ['{\r\n  "done": true', 'ndjson', 'json'],
  ['data: {"done":false}', 'ndjson', 'sse'],
  ['<!doctype html>', 'sse', undefined],
  ['Bad gateway', 'ndjson', undefined],
  ['database is locked', 'sse', undefined],
  ['', 'sse', undefined],
] as const)(
  'the form of an answer is told by its bytes: %j of a host of %s is %s',
  (beginning, framing, form) => {
    expect(formOf(beginning, framing)).toBe(form);
  },
);
