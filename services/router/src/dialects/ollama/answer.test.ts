import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { JsonLimitError } from '@weir/service-kit/json-meter';
import { expect, test } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context, readRecorded, readRecordedEvents } from '../../../test/recorded/recorded.ts';
import { ollamaDialect } from './dialect.ts';

function complete(answer: unknown) {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const { body, usage } = ollamaDialect.parseCompletion(text, context);
  return { completion: chatCompletionSchema.parse(JSON.parse(body)), usage };
}

function play(file: string) {
  const stream = ollamaDialect.createStreamParser(context);
  return { stream, chunks: readRecordedEvents(file).flatMap((event) => stream.push(event)) };
}

test('a recorded answer becomes a completion', () => {
  const { completion, usage } = complete(readRecorded('ollama/text.chat.json'));
  expect(completion).toMatchObject({
    id: 'chatcmpl-req_1',
    created: context.createdAtS,
    model: 'llama3.2',
    choices: [{ message: { content: 'Hello! How are you today?' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 26, completion_tokens: 298, total_tokens: 324 },
  });
  expect(usage).toMatchObject({ uncachedInputTokens: 26, outputTokens: 298, source: 'provider' });
});

test('a counter that cannot be is one that was not told, and the answer is good', () => {
  const record = { message: { content: 'Hi' }, done: true, prompt_eval_count: -1, eval_count: 3.5 };
  const { completion, usage } = complete(record);
  expect(completion.choices[0]?.message.content).toBe('Hi');
  expect(usage.source).toBe('missing');
});

test('tool calls get ids and their arguments as text', () => {
  const { completion } = complete(readRecorded('ollama/tools.chat.json'));
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      tool_calls: [
        { id: 'call_req_1_0', function: { name: 'get_weather', arguments: '{"city":"São Paulo","days":2}' } },
        { id: 'call_req_1_1', function: { name: 'get_time', arguments: '{}' } },
      ],
    },
  });
});

test('an integer that no number can hold keeps each digit in the arguments of a tool call', () => {
  const call = { function: { name: 'f', arguments: { id: 'ID' } } };
  const record = JSON.stringify({ message: { tool_calls: [call] }, done: true, done_reason: 'stop' });
  const { completion } = complete(record.replace('"ID"', '1234567890123456789'));
  expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { arguments: '{"id":1234567890123456789}' },
  });
});

test('a recorded stream becomes chunks', () => {
  const { stream, chunks } = play('ollama/text.stream.ndjson');
  expect(collectChunks(chunks)).toMatchObject({
    content: 'Xin chào 👋',
    finishReasons: ['stop'],
    usage: { prompt_tokens: 26, completion_tokens: 282 },
  });
  expect(JSON.parse(chunks[0] ?? '')).toMatchObject({ choices: [{ delta: { role: 'assistant' } }] });
  expect(stream.complete).toBe(true);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 26, outputTokens: 282 });
});

test('thoughts and calls of several records stay in order; a missing count is not a missing report', () => {
  const { stream, chunks } = play('ollama/thinking-tools.stream.ndjson');
  expect(collectChunks(chunks)).toMatchObject({
    reasoning: 'The user wants the weather.',
    toolCalls: [
      { id: 'call_req_1_0', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      { id: 'call_req_1_1', name: 'get_time', arguments: '{"zone":"CET"}' },
    ],
    finishReasons: ['tool_calls'],
  });
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 0, outputTokens: 44, source: 'provider' });
});

test('a stream that fails in its middle is a fault, and is not complete', () => {
  const stream = ollamaDialect.createStreamParser(context);
  const [text, error] = readRecordedEvents('ollama/failed.stream.ndjson');
  stream.push(text ?? { data: '' });
  expect(() => stream.push(error ?? { data: '' })).toThrow(
    expect.objectContaining({ code: 'upstream_error' }),
  );
  expect(stream).toMatchObject({ complete: false, hasContent: true });
});

const done = (fields: object) => ({
  model: 'm',
  message: { role: 'assistant', content: '' },
  done: true,
  ...fields,
});

test('an answer that ends at its cap says so', () => {
  expect(complete(done({ done_reason: 'length' })).completion.choices[0]?.finish_reason).toBe('length');
});

test('no counts at all are no report', () => {
  expect(complete(done({ done_reason: 'length' }))).toMatchObject({
    completion: { usage: null },
    usage: { source: 'missing' },
  });
});

test.each([
  ['no body', ''],
  ['a web page', '<!doctype html>'],
  ['another form', '{"response":"Hi"}'],
])('an answer that is none is an invalid response: %s', (_, answer) => {
  const invalid = expect.objectContaining({ code: 'upstream_invalid_response' }) as Error;
  expect(() => complete(answer)).toThrow(invalid);
  if (!answer.startsWith('{')) return;
  expect(() => ollamaDialect.createStreamParser(context).push({ data: answer })).toThrow(invalid);
});

test('one record that cannot be read is passed over with a warning, and words that are none always', () => {
  const stream = ollamaDialect.createStreamParser(context);
  const say = (content: string) => ({ data: JSON.stringify({ message: { content }, done: false }) });
  const events = [{ data: 'loading' }, say('Hel'), { data: '{"message":{"con' }, { data: 'wait' }, say('lo')];
  const chunks = [...events, { data: JSON.stringify(done({})) }].flatMap((event) => stream.push(event));
  expect(collectChunks(chunks)).toMatchObject({ content: 'Hello', finishReasons: ['stop'] });
  expect(stream.warnings).toEqual(['an event of the answer could not be read and was left out']);
  const first = ollamaDialect.createStreamParser(context);
  const invalid = expect.objectContaining({ code: 'upstream_invalid_response' }) as Error;
  expect(() => first.push({ data: '{"message":{"con' })).toThrow(invalid);
});

test.each([
  [undefined, '{}'],
  [null, '{}'],
  ['', '{}'],
  ['null', '{}'],
  ['{"a":1}', '{"a":1}'],
  ['"{\\"a\\":1}"', '{"a":1}'],
])('the arguments of a call are JSON: %j', (said, json) => {
  const call = { id: 7, function: { name: 'f', arguments: said } };
  const { completion } = complete({ message: { tool_calls: [call] }, done: 'true', eval_count: '2' });
  expect(completion).toMatchObject({
    choices: [{ message: { tool_calls: [{ id: '7', function: { arguments: json } }] } }],
    usage: { completion_tokens: 2 },
  });
});

test('a record without a word on whether it is the last is not', () => {
  const stream = ollamaDialect.createStreamParser(context);
  stream.push({ data: '{"message":{"content":"Hi"}}' });
  expect(stream.complete).toBe(false);
});

test('a whole answer that says nothing and has not ended is an invalid response', () => {
  expect(() => complete(done({ done: false }))).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
});

test.each([
  ['an end of its own', done({ done_reason: 'stop', eval_count: 1 })],
  ['no reason to end', done({ eval_count: 1 })],
  ['a model that was only loaded', done({ done_reason: 'load', eval_count: 1 })],
])('an answer that ends in order and says nothing is an empty one, and no failure: %s', (_, answer) => {
  expect(ollamaDialect.parseCompletion(JSON.stringify(answer), context)).toMatchObject({ isEmpty: true });
  expect(complete(answer).completion.choices[0]).toMatchObject({
    message: { content: '' },
    finish_reason: 'stop',
  });
  const stream = ollamaDialect.createStreamParser(context);
  const chunks = stream.push({ data: JSON.stringify(answer) });
  expect(collectChunks(chunks)).toMatchObject({ content: '', finishReasons: ['stop'] });
  expect(stream).toMatchObject({ complete: true, hasContent: false });
  expect(stream.usage()).toMatchObject({ outputTokens: 1, source: 'provider' });
});

test('calls have ids of their own and arguments as text, whatever a host makes of them', () => {
  const call = (id: string | null, args: unknown) => ({ id, function: { name: 'f', arguments: args } });
  const calls = [call('a', '{"x":1}'), call('a', ''), call(null, null)];
  const { completion } = complete(done({ message: { content: '', tool_calls: calls } }));
  expect(completion.choices[0]?.message.tool_calls).toMatchObject([
    { id: 'a', function: { arguments: '{"x":1}' } },
    { id: 'call_req_1_1', function: { arguments: '{}' } },
    { id: 'call_req_1_2', function: { arguments: '{}' } },
  ]);
});

test.each([
  [404, "model 'nope' not found", 'model_not_found'],
  [400, 'registry.ollama.ai/library/gemma:2b does not support tools', 'unsupported_parameter'],
  [400, 'the input length exceeds the context length', 'context_length_exceeded'],
  [400, 'invalid options: temprature', 'upstream_invalid_request'],
  [401, 'unauthorized', 'upstream_credentials_rejected'],
  [503, 'server busy, please try again. maximum pending requests exceeded', 'upstream_overloaded'],
  [500, 'model requires more system memory (5.6 GiB) than is available (3.1 GiB)', 'upstream_error'],
])('%i %s', (status, error, code) => {
  expect(ollamaDialect.parseError(status, JSON.stringify({ error })).code).toBe(code);
});

test('all records of a stream together have no more calls, and no larger arguments, than a whole answer', () => {
  const record = (input: string, count: number) => ({
    data: JSON.stringify({
      message: { tool_calls: Array(count).fill({ function: { name: 'f', arguments: input } }) },
    }),
  });
  const calls = ollamaDialect.createStreamParser(context);
  expect(calls.push(record('', 1_999))).toHaveLength(2_000);
  expect(() => calls.push(record('', 2))).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
  const large = ollamaDialect.createStreamParser(context);
  const input = JSON.stringify(`{"x":[${'1,'.repeat(60_000)}1]}`);
  large.push(record(input, 1));
  expect(() => large.push(record(input, 1))).toThrow(JsonLimitError);
});
