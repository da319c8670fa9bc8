import { expect, test } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context } from '../../../test/recorded/recorded.ts';
import { OpenaiStreamParser } from './stream-parser.ts';

const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
const says = (delta: object, finishReason: string | null = null) => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});
const calls = (name: string | undefined, json: string, rest: object = {}) =>
  says({ tool_calls: [{ index: 0, ...rest, function: { name, arguments: json } }] });
const begins = { id: 'a', type: 'function' };
const used = (prompt: number, completion: number) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});

function play(events: readonly object[], { includeUsage = true } = {}) {
  const stream = new OpenaiStreamParser({ ...context, includeUsage });
  const texts = [...events.map((event) => JSON.stringify(event)), '[DONE]'];
  const chunks = texts.flatMap((data) => stream.push({ data }));
  return { stream, chunks, answer: collectChunks(chunks) };
}

test.each([
  [{ id: '', type: 'function', function: { name: '', arguments: '' } }],
  [{ function: null }],
  [{ id: null, function: { name: null, arguments: null } }],
])('a call of empty texts beside the content is none: %j', (call) => {
  const piece = (content: string) => says({ content, tool_calls: [{ index: 0, ...call }] });
  const { answer, chunks } = play([piece('Hel'), piece('lo'), says({}, 'stop')]);
  expect(answer).toMatchObject({ content: 'Hello', finishReasons: ['stop'] });
  expect(chunks.join('')).not.toContain('"tool_calls":[');
});

test('a call whose name stands beside its id is a call', () => {
  const call = { index: 0, id: 'a', name: 'f', arguments: { a: 1 } };
  const { answer } = play([says({ tool_calls: [call] }), says({}, 'stop')]);
  expect(answer).toMatchObject({
    finishReasons: ['tool_calls'],
    toolCalls: [{ name: 'f', arguments: '{"a":1}' }],
  });
});

test('an answer whose call has lost its beginning is not whole', () => {
  const stream = new OpenaiStreamParser(context);
  const push = (event: object) => stream.push({ data: JSON.stringify(event) });
  push(says({ content: 'Hi' }));
  stream.push({ data: '{"id":"c","choi' });
  push(calls(undefined, '{"a":1}'));
  push(says({}, 'tool_calls'));
  expect(() => stream.push({ data: '[DONE]' })).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
});

test('an empty call by the older field does not change why an answer ends', () => {
  const { answer } = play([
    says({ content: 'Hi', function_call: { name: '', arguments: '' } }),
    says({}, 'stop'),
  ]);
  expect(answer.finishReasons).toEqual(['stop']);
});

test('calls that come after the reason to end are the reason', () => {
  const { answer } = play([says({ content: '' }), says({}, 'stop'), calls('f', '{"a":1}', begins)]);
  expect(answer.finishReasons.at(-1)).toBe('tool_calls');
});

test('arguments that come once more as a whole are said once', () => {
  const { chunks } = play([
    calls('f', '', begins),
    calls(undefined, '{"a":'),
    calls(undefined, '1}'),
    calls(undefined, '{"a":1}'),
    says({}, 'tool_calls'),
  ]);
  expect(chunks.filter((text) => text.includes('1}'))).toHaveLength(1);
});

test.each([
  ['LENGTH', 'length'],
  ['CONTENT_FILTER', 'content_filter'],
  ['max_output_tokens', 'length'],
  ['sensitive', 'content_filter'],
  ['eos', 'stop'],
])('a finish reason is read whoever says it: %s', (said, told) => {
  expect(play([says({ content: 'Hi' }), says({}, said)]).answer.finishReasons).toEqual([told]);
});

test('thoughts are told beside an empty text in their place', () => {
  const { answer } = play([
    says({ reasoning_content: '', reasoning: 'Hm.' }),
    says({ content: 'Hi' }, 'stop'),
  ]);
  expect(answer).toMatchObject({ reasoning: 'Hm.', content: 'Hi' });
});

test('an empty report at the end takes back no usage', () => {
  const report = (usage: object) => ({ ...head, choices: [], usage });
  const { stream } = play([says({ content: 'Hi' }, 'stop'), report(used(12, 7)), report(used(0, 0))]);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 12, outputTokens: 7 });
});

test.each([true, false])(
  'what a chunk without a choice tells reaches the client; usage asked for: %s',
  (includeUsage) => {
    const filtered = { ...head, id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] };
    const cited = { ...head, choices: [], citations: ['https://example.com'], usage: used(12, 7) };
    const { chunks } = play([filtered, says({ content: 'Hi' }, 'stop'), cited], { includeUsage });
    const read = chunks.map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(read[0]).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    expect(read[2]).toMatchObject({ choices: [], citations: ['https://example.com'] });
    expect(read.filter(({ usage }) => usage)).toHaveLength(includeUsage ? 1 : 0);
  },
);
