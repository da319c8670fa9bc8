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

test('a call of empty texts is none', () => {
  const call = { id: '', type: 'function', function: { name: '', arguments: '' } };
  const choice = {
    index: 0,
    message: { role: 'assistant', content: 'Hi', tool_calls: [call] },
    finish_reason: 'stop',
  };
  const { body } = read({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [choice] });
  expect(body).not.toContain('tool_calls');
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

const called = (...calls: object[]) => ({ role: 'assistant', content: null, tool_calls: calls });
const call = (id: unknown, json: unknown) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: json },
});
const choiceOf = (answer: unknown, given = {}) =>
  parse(toCompletion(JSON.stringify(answer), { ...context, ...given }).body).choices[0];

test.each(['stop', 'function_call', 'eos', '', null])(
  'an answer with calls ends with tool_calls: %j',
  (said) => {
    expect(choiceOf(answered(said, called(call('a', '{}'))))?.finish_reason).toBe('tool_calls');
  },
);

test('but with stop, in the bytes that came, where the request asked for the call by name', () => {
  const answer = JSON.stringify(answered('stop', called(call('a', '{}'))));
  expect(toCompletion(answer, { ...context, forcesNamedCall: true }).body).toBe(answer);
});

test('the calls of a whole answer have ids that differ and arguments that are JSON', () => {
  const message = called(
    call('a', '{"x":1}'),
    call('a', null),
    call('', ''),
    call(7, { y: 2 }),
    call('b', '"{}"'),
  );
  expect(choiceOf(answered('tool_calls', message))?.message.tool_calls).toMatchObject([
    { id: 'a', function: { arguments: '{"x":1}' } },
    { id: 'call_req_1_1', function: { arguments: '{}' } },
    { id: 'call_req_1_2', function: { arguments: '{}' } },
    { id: '7', function: { arguments: '{"y":2}' } },
    { id: 'b', function: { arguments: '{}' } },
  ]);
});

test('an empty list of calls is none', () => {
  const answer = answered('stop', { role: 'assistant', content: 'Hi', tool_calls: [] });
  expect(choiceOf(answer)?.finish_reason).toBe('stop');
});

test.each([
  [
    'numbers for names',
    { ...answered('stop'), id: 42, created: '1700000000' },
    { id: '42', created: 1_700_000_000 },
  ],
  ['a time with a fraction', { ...answered('stop'), created: 1.5 }, { created: 1.5 }],
  ['no object', { ...answered('stop'), object: undefined }, { object: 'chat.completion' }],
  [
    'usage in part',
    { ...answered('stop'), usage: { prompt_tokens: 12, completion_tokens: 7 } },
    { usage: { total_tokens: 19 } },
  ],
  [
    'an index that is text',
    { ...answered('stop'), choices: [{ index: '0', message: { content: 'Hi' } }] },
    { choices: [{ index: 0 }] },
  ],
])('an answer that strays is put into form: %s', (_, answer, form) => {
  expect(parse(read(answer).body)).toMatchObject(form);
});

test('usage in part is accounted for', () => {
  const answer = {
    ...answered('stop'),
    usage: { prompt_tokens: 12, completion_tokens: null, total_tokens: 12 },
  };
  expect(read(answer).usage).toMatchObject({ uncachedInputTokens: 12, outputTokens: 0, source: 'provider' });
});

test.each([
  ['nothing', answered('stop', { role: 'assistant', content: null }), true],
  ['no message', answered('stop', null as never), true],
  ['text', answered('stop'), false],
  ['an image', answered('stop', { role: 'assistant', images: [{ image_url: { url: 'x' } }] }), false],
  ['nothing within its limit', answered('length', { role: 'assistant', content: '' }), false],
  ['nothing that a filter let pass', answered('content_filter', { role: 'assistant', content: null }), false],
])('an answer that has ended by itself and says nothing is known: %s', (_, answer, isEmpty) => {
  expect(read(answer).isEmpty).toBe(isEmpty);
});

test('what is left out of an answer is a warning', () => {
  const content = [
    { type: 'text', text: 'Hi' },
    { type: 'reference', reference_ids: [1] },
  ];
  expect(read(answered('stop', { role: 'assistant', content })).warnings).toEqual([
    'a content part of the answer was left out: reference',
  ]);
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

test.each([
  ['no type', { id: 'call_1', function: { name: 'f', arguments: '{}' } }],
  ['no id', { type: 'function', function: { name: 'f', arguments: '{}' } }],
  ['null for both', { id: null, type: null, function: { name: 'f', arguments: '{}' } }],
  ['no arguments', { id: 'call_1', type: 'function', function: { name: 'f' } }],
])('a call of an answer has all that a client reads: %s', (_, call) => {
  const { body } = read(answered('tool_calls', { role: 'assistant', content: null, tool_calls: [call] }));
  expect(JSON.parse(body)).toMatchObject({
    choices: [
      {
        message: {
          tool_calls: [
            {
              id: expect.stringMatching(/^call_/) as string,
              type: 'function',
              function: { name: 'f', arguments: '{}' },
            },
          ],
        },
      },
    ],
  });
});
