import { expect, test } from 'vitest';
import { context } from '../../../test/recorded/anthropic/recorded.ts';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { toCompletion } from './completion.ts';
import { AnthropicStreamParser } from './stream-parser.ts';

const start = (usage: object | null = { input_tokens: 25, output_tokens: 1 }) => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'c', usage },
});
const block = (index: number | undefined, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number | undefined, piece: object) => ({
  type: 'content_block_delta',
  index,
  delta: piece,
});
const text = (said: string | null | undefined, index?: number) =>
  delta(index, { type: 'text_delta', text: said });
const json = (said: string | null | undefined) => delta(0, { type: 'input_json_delta', partial_json: said });
const tool = (id: string | number, input: unknown = {}) =>
  block(0, { type: 'tool_use', id, name: 'f', input });
const close = { type: 'content_block_stop', index: 0 };
const end = (reason: string | null = 'end_turn', usage: object | undefined = { output_tokens: 15 }) => ({
  type: 'message_delta',
  delta: { stop_reason: reason },
  usage,
});
const stop = { type: 'message_stop' };

function play(events: readonly object[]) {
  const stream = new AnthropicStreamParser({ ...context, includeUsage: true });
  const chunks = events.flatMap((event) => stream.push({ data: JSON.stringify(event) }));
  return { stream, chunks, answer: collectChunks([...chunks, ...(stream.complete ? [] : stream.end())]) };
}

test.each([
  ['no message_start', [text('Hi', 0), end(), stop]],
  ['a message_start of nothing', [{ type: 'message_start' }, text('Hi', 0), end(), stop]],
  ['blocks without an index', [start(), block(undefined, { type: 'text' }), text('Hi'), end(), stop]],
  ['a block of no text', [start(), block(0, { type: 'text', text: null }), text('Hi', 0), end(), stop]],
  ['pieces of no text', [start(), text(null, 0), text(undefined, 0), text('Hi', 0), end(), stop]],
  ['a hidden thought of nothing', [start(), block(0, { type: 'redacted_thinking' }), text('Hi', 1), end()]],
  ['events of no type', [start(), {}, { keep: 'alive' }, text('Hi', 0), end(), stop]],
  ['no delta at the end', [start(), text('Hi', 0), { type: 'message_delta' }, stop]],
])('an answer is read although there is %s', (_, events) => {
  const { answer, chunks } = play(events);
  expect(answer).toMatchObject({ content: 'Hi', finishReasons: ['stop'] });
  // The client's own reading of a stream asks for it.
  expect(chunks[0]).toContain('"role":"assistant"');
});

test.each([
  ['[DONE] in the place of message_stop', '[DONE]', undefined],
  ['an event of which only the name says what it is', '{}', 'message_stop'],
])('%s ends the message', (_, data, name) => {
  const { stream } = play([start(), text('Hi', 0), end()]);
  const again = new AnthropicStreamParser(context);
  for (const event of [start(), text('Hi', 0), end()]) again.push({ data: JSON.stringify(event) });
  again.push({ data, name });
  expect(again.complete).toBe(true);
  expect(again.warnings).toEqual([]);
  expect(again.usage()).toEqual(stream.usage());
});

test.each([
  ['as text when the block begins', [tool('a', '{"a":1}')]],
  ['whole when the block begins', [tool('a', { a: 1 })]],
  ['behind an empty object', [tool('a'), json('{}'), json('{"a":1}')]],
  ['among pieces of nothing', [tool('a'), json(null), json(undefined), json('{"a":'), json('1}')]],
])('arguments that come %s are a JSON object', (_, events) => {
  const { answer } = play([start(), ...events, close, end('tool_use'), stop]);
  expect(answer.toolCalls).toMatchObject([{ id: 'a', arguments: '{"a":1}' }]);
});

test('calls that share one index are told apart, and searches are none of them', () => {
  const search = [block(0, { type: 'server_tool_use', id: 's', name: 'web_search' }), json('{"q":1}'), close];
  const call = (id: string | number) => [tool(id), json(`{"id":"${id}"}`), close];
  const { answer } = play([
    start(),
    ...call('a'),
    ...search,
    ...call('b'),
    ...call(3),
    end('tool_use'),
    stop,
  ]);
  expect(answer.toolCalls).toMatchObject(['a', 'b', '3'].map((id) => ({ id, arguments: `{"id":"${id}"}` })));
});

test('thoughts that nobody has announced, or that share an index, go back as they came', () => {
  const thought = (said: string) => delta(0, { type: 'thinking_delta', thinking: said });
  const signed = delta(0, { type: 'signature_delta', signature: 'c2ln' });
  const other = block(0, { type: 'thinking', thinking: 'b', signature: 'Yg==' });
  const { chunks } = play([start(), thought('a'), signed, other, text('Hi', 1), end(), stop]);
  const told = chunks.find((chunk) => chunk.includes('reasoning_details')) ?? '';
  expect(told).toMatch(/"text":"a","signature":"c2ln".*"text":"b","signature":"Yg=="/);
});

test.each([
  ['only at the beginning', { input_tokens: 25, output_tokens: 9 }, undefined],
  ['only at the end', null, { input_tokens: 25, output_tokens: 9 }],
  ['with a zero for what was told before', undefined, { input_tokens: 0, output_tokens: 9 }],
  ['as text', { input_tokens: '25' }, { output_tokens: '9' }],
  [
    'beside fields of another form',
    { input_tokens: 25, cache_creation: 0, service_tier: 3 },
    { output_tokens: 9 },
  ],
])('usage is read that comes %s', (_, first, last) => {
  const { stream } = play([start(first), text('Hi', 0), end('end_turn', last ?? {}), stop]);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 25, outputTokens: 9, source: 'provider' });
});

test('usage in the last event counts, and tokens that turn out to be cached are not told twice', () => {
  const usage = { input_tokens: 0, cache_read_input_tokens: 25, output_tokens: 9 };
  const { stream } = play([start(), text('Hi', 0), end('end_turn', {}), { ...stop, usage }]);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 0, cacheReadTokens: 25, outputTokens: 9 });
});

test.each([
  ['length', 'length'],
  ['content_filter', 'content_filter'],
  ['sensitive', 'content_filter'],
])('a reason to stop in other words is read: %s', (said, told) => {
  expect(play([start(), text('Hi', 0), end(said), stop]).answer.finishReasons).toEqual([told]);
});

test.each([
  ['a text', 'Hi', 'Hi'],
  ['null', null, null],
  [
    'blocks without a text',
    [
      { type: 'text', text: null },
      { type: 'text', text: 'Hi' },
    ],
    'Hi',
  ],
])('the content of a whole message may be %s', (_, content, told) => {
  const { body } = toCompletion(JSON.stringify({ id: 7, content, stop_reason: 'end_turn' }), context);
  expect(JSON.parse(body)).toMatchObject({ choices: [{ message: { content: told } }] });
});
