import type { Expected, HostileAnswer, HostileCase } from '../helpers/hostile/hostile-case.ts';
import { chunkText, event, list, nested, repeated } from './texts.ts';

/** A stream that is broken ends with an error event, or before its first chunk with a status. */
const broken: Expected = {
  status: [200, 502],
  code: [
    'upstream_invalid_response',
    'upstream_answer_too_large',
    'upstream_empty_answer',
    'upstream_stream_cut',
    'upstream_error',
  ],
};

/** Nothing of it is wrong, or it is passed over: a client sees an end that it can tell from a good one, or a good one. */
const anyEnd: Expected = { status: [200, 502] };

const streamOf = (body: Iterable<string>): HostileAnswer => ({
  headers: { 'content-type': 'text/event-stream' },
  body,
});

function* begun(pieces: Iterable<string>): Generator<string> {
  yield event(chunkText('{"role":"assistant","content":"Hello"}'));
  yield* pieces;
}

type Row = readonly [id: string, promise: string, pieces: () => Iterable<string>, expected?: Expected];

const megabyte = 1_000_000;

/** H2: streams, and what one event of them may cost. */
const rows: readonly Row[] = [
  ['H2-empty-lines', 'millions of empty lines are passed over', () => repeated('\n', 8 * megabyte), anyEnd],
  ['H2-comments', 'millions of comments are passed over', () => repeated(':\n', 8 * megabyte), anyEnd],
  ['H2-carriage-returns', 'so are carriage returns', () => repeated('\r', 8 * megabyte), anyEnd],
  ['H2-empty-data', 'and fields without a value', () => begun(repeated('data\n', 8 * megabyte)), anyEnd],
  [
    'H2-line-without-end',
    'a line without an end is not kept for ever',
    () => begun(['data: ', ...repeated('x'.repeat(65_536), 40 * megabyte)]),
    broken,
  ],
  [
    'H2-event-without-end',
    'nor is an event of millions of lines',
    () => begun(repeated('data: x\n', 40 * megabyte)),
    broken,
  ],
  [
    'H2-tiny-events',
    '200,000 events of two bytes block nobody',
    () => begun(repeated('data: {}\n\n', 2 * megabyte)),
    anyEnd,
  ],
  [
    'H2-unreadable-events',
    'nor do events that cannot be read',
    () => begun(repeated('data: {\n\n', 8 * megabyte)),
    anyEnd,
  ],
  [
    'H2-bad-chunks',
    'the first bad choice of an event ends its judgement',
    () => begun([event(`{"choices":[${list(300_000, '{"index":-1}')}]}`), event('[DONE]')]),
    broken,
  ],
  [
    'H2-nested-event',
    'the brackets of an event are counted',
    () => begun([event(chunkText('{}', `,"x":[${list(6_000, nested(240))}]`)), event('[DONE]')]),
    broken,
  ],
  [
    'H2-lists-in-lists',
    'a list of chunks in a list in a list is parsed once',
    () => begun([event(`${'['.repeat(250)}"${'x'.repeat(6_000_000)}"${']'.repeat(250)}`), event('[DONE]')]),
    broken,
  ],
  [
    'H2-call-fragments',
    'the calls of a stream have a limit, as the calls of an answer have',
    () =>
      begun(
        Array.from({ length: 20_000 }, (_, index) =>
          event(
            chunkText(
              `{"tool_calls":[{"index":${index},"id":"c${index}","type":"function","function":{"name":"f","arguments":"{}"}}]}`,
            ),
          ),
        ),
      ),
    anyEnd,
  ],
  [
    'H2-call-index',
    'a call of index 10^9 makes no list of that length',
    () =>
      begun([
        event(
          chunkText(
            '{"tool_calls":[{"index":1000000000,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}',
          ),
        ),
        event('[DONE]'),
      ]),
    anyEnd,
  ],
  [
    'L5-stream-choices-beyond-n',
    'choices of a stream that nobody asked for are not passed on',
    () =>
      begun([
        event(chunkText('{"content":"Hello"}').replace('"index":0', '"index":1000000000')),
        event('[DONE]'),
      ]),
    anyEnd,
  ],
  [
    'H2-whole-for-streamed',
    'an answer that is no stream is measured as an answer is',
    () => [`{"choices":[${list(300_000, '{"index":-1}')}]}`],
    broken,
  ],
];

const toCase = ([id, promise, pieces, expected = broken]: Row): HostileCase => ({
  id,
  promise,
  isStreamed: true,
  answer: () => streamOf(pieces()),
  expected,
  never: id === 'L5-stream-choices-beyond-n' ? ['1000000000'] : [],
});

const lines = (pieces: () => Iterable<string>) => (): HostileAnswer => ({
  headers: { 'content-type': 'application/x-ndjson' },
  body: pieces(),
});

const ndjson: readonly HostileCase[] = [
  {
    id: 'H2-ndjson-empty-lines',
    promise: 'millions of empty lines of NDJSON are passed over',
    answer: lines(() => repeated('\n', 8 * megabyte)),
    expected: anyEnd,
  },
  {
    id: 'H2-ndjson-tiny-lines',
    promise: 'a million objects of NDJSON block nobody',
    answer: lines(() => repeated('{}\n', 8 * megabyte)),
    expected: anyEnd,
  },
  {
    id: 'H2-ndjson-line-without-end',
    promise: 'a line of NDJSON without an end is not kept for ever',
    answer: lines(() => repeated('x'.repeat(65_536), 40 * megabyte)),
    expected: broken,
  },
  {
    id: 'H2-ndjson-nested',
    promise: 'the brackets of a line of NDJSON are counted',
    answer: lines(() => [`{"message":{"content":"Hi"},"x":[${list(6_000, nested(240))}]}\n`]),
    expected: broken,
  },
].map((each) => ({ ...each, dialect: 'ollama', isStreamed: true }));

export const streamCases: readonly HostileCase[] = [...rows.map(toCase), ...ndjson];
