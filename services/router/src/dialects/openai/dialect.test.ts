import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { expect, test } from 'vitest';
import { context, readRecorded } from '../../../test/recorded/recorded.ts';
import { toCompletion } from './dialect.ts';

const read = (answer: unknown) =>
  toCompletion(typeof answer === 'string' ? answer : JSON.stringify(answer), context);
const parse = (body: string) => chatCompletionSchema.parse(JSON.parse(body));

test.each(['openai/text.completion.json', 'openai/tools.completion.json', 'hosts/gemini.completion.json'])(
  "an answer in OpenAI's form is passed on byte for byte: %s",
  (file) => {
    const answer = readRecorded(file);
    expect(read(answer).body).toBe(answer);
  },
);

test('usage is read in parts that do not overlap', () => {
  expect(read(readRecorded('openai/text.completion.json')).usage).toMatchObject({
    uncachedInputTokens: 86,
    cacheReadTokens: 1_920,
    outputTokens: 300,
    reasoningTokens: 192,
    serviceTier: 'flex',
    modelServed: 'gpt-5-mini-2025-08-07',
    source: 'provider',
  });
});

test('an answer in parts becomes text and thoughts', () => {
  const { choices } = parse(read(readRecorded('hosts/mistral-magistral.completion.json')).body);
  expect(choices[0]?.message).toMatchObject({
    content: 'Forty-two.',
    reasoning_content: 'Thinking it over.',
  });
});

test('what a sloppy host leaves out is filled in', () => {
  const { body, usage } = read(readRecorded('hosts/sloppy-tools.completion.json'));
  expect(parse(body)).toMatchObject({
    id: 'chatcmpl-req_1',
    created: context.createdAtS,
    model: 'local-model',
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          tool_calls: [
            {
              id: 'call_req_1_0',
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
            },
          ],
        },
      },
    ],
  });
  expect(usage).toMatchObject({ source: 'missing', modelServed: 'local-model' });
});

test('a large id in arguments that come as an object keeps each digit', () => {
  const sloppy = readRecorded('hosts/sloppy-tools.completion.json').replace('"Oslo"', '1234567890123456789');
  const [call] = parse(read(sloppy).body).choices[0]?.message.tool_calls ?? [];
  expect(call).toMatchObject({ function: { arguments: '{"city":1234567890123456789}' } });
});

const answered = (finishReason: unknown, message: object = { role: 'assistant', content: 'Hi' }) => ({
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message, finish_reason: finishReason }],
});

test.each([
  ['eos', 'stop'],
  ['', 'stop'],
  [2, 'stop'],
  [null, 'stop'],
  ['MAX_TOKENS', 'length'],
  ['model_length', 'length'],
  ['abort', 'length'],
  ['SPII', 'content_filter'],
  ['tool_use', 'tool_calls'],
  ['SAFETY', 'content_filter'],
])('the finish reason %j is %s', (said, meant) => {
  expect(parse(read(answered(said)).body).choices[0]?.finish_reason).toBe(meant);
});

test('an error is never told as a finish reason', () => {
  expect(() => read(answered('error'))).toThrow(expect.objectContaining({ code: 'upstream_error' }));
  expect(() => read(answered('insufficient_system_resource'))).toThrow(
    expect.objectContaining({ code: 'upstream_overloaded' }),
  );
});

test('thoughts are reasoning_content by whatever name they come', () => {
  const message = { role: 'assistant', content: 'Yes', reasoning: 'Hm.' };
  expect(parse(read(answered('stop', message)).body).choices[0]?.message.reasoning_content).toBe('Hm.');
});

test('an answer may be the empty text, if it says why it ended', () => {
  expect(parse(read(answered('stop', { role: 'assistant', content: '' })).body).choices).toHaveLength(1);
});

test.each([
  ['no body', ''],
  ['malformed JSON', '{"id":"x","choices":[{'],
  ['a web page', '<!doctype html><title>Welcome</title>'],
  ['another form', '{"result":"Hi"}'],
])('an answer that is none is an invalid response: %s', (_, answer) => {
  expect(() => read(answer)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
});

test.each([
  ['no choices', { ...answered('stop'), choices: [] }],
  ['nothing said and no reason to end', answered(null, { role: 'assistant', content: '' })],
])('an answer that says nothing is an empty one: %s', (_, answer) => {
  expect(() => read(answer)).toThrow(expect.objectContaining({ code: 'upstream_empty_answer' }));
});

test.each([
  ['an error object', { error: { message: 'Overloaded', type: 'overloaded_error' } }, 'upstream_overloaded'],
  ['a status as its code', { error: { message: 'Slow down', code: 429 } }, 'upstream_rate_limited'],
  ['an object of type error', { object: 'error', message: 'x', code: 400 }, 'upstream_invalid_request'],
  ['a text', { error: 'boom' }, 'upstream_error'],
])('an error inside a success is a fault: %s', (_, answer, code) => {
  expect(() => read(answer)).toThrow(expect.objectContaining({ code }));
});
