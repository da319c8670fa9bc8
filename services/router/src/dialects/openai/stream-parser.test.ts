import { expect, test, vi } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context, readRecordedEvents } from '../../../test/recorded/recorded.ts';
import type { ResponseContext } from '../../domain/dialect.ts';
import { OpenaiStreamParser } from './stream-parser.ts';

function play(file: string, overrides: Partial<ResponseContext> = {}) {
  const stream = new OpenaiStreamParser({ ...context, ...overrides });
  const events = readRecordedEvents(file);
  return { stream, events, chunks: events.flatMap((event) => stream.push(event)) };
}

function open(overrides: Partial<ResponseContext> = {}) {
  const stream = new OpenaiStreamParser({ ...context, ...overrides });
  return { stream, push: (data: unknown) => stream.push({ data: JSON.stringify(data) }) };
}

const chunk = (choices: unknown[], usage?: unknown) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices,
  usage,
});
const says = (content: string, finishReason: string | null = null, index = 0) => ({
  index,
  delta: { content },
  finish_reason: finishReason,
});
const used = (prompt: number, completion: number) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});

test.each(['openai/text.stream.sse', 'openai/tools.stream.sse'])(
  "chunks in OpenAI's form are passed on byte for byte: %s",
  (file) => {
    const { stream, events, chunks } = play(file);
    const contentChunks = events.slice(0, -2).map(({ data }) => data);
    expect(chunks.slice(0, -1)).toEqual(contentChunks);
    expect(JSON.parse(chunks.at(-1) ?? '')).toMatchObject({
      choices: [],
      usage: { completion_tokens: stream.usage().outputTokens },
    });
    expect(stream.complete).toBe(true);
  },
);

test('usage that the caller did not ask for is kept to ourselves', () => {
  const { stream, chunks } = play('openai/text.stream.sse', { includeUsage: false });
  expect(chunks).toHaveLength(4);
  expect(collectChunks(chunks)).toMatchObject({ content: 'Xin chào 👋', usage: undefined });
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 19, outputTokens: 10, source: 'provider' });
});

test('content begins with the first text, not with the role', () => {
  const stream = new OpenaiStreamParser(context);
  const [role, text] = readRecordedEvents('openai/text.stream.sse');
  stream.push(role ?? { data: '' });
  expect(stream.hasContent).toBe(false);
  stream.push(text ?? { data: '' });
  expect(stream.hasContent).toBe(true);
});

test("Azure's first chunk, which has no choices, is no part of the answer", () => {
  const { chunks } = play('hosts/azure.stream.sse');
  expect(collectChunks(chunks)).toMatchObject({ content: 'Hi', finishReasons: ['stop'] });
  expect(collectChunks(chunks).usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 2 });
});

test('usage in the chunk that ends the choices is told in a chunk of its own, once', () => {
  const { stream, chunks } = play('hosts/deepseek.stream.sse');
  const usages = chunks.filter((text) => text.includes('prompt_tokens'));
  expect(usages).toHaveLength(1);
  expect(JSON.parse(usages[0] ?? '')).toMatchObject({ choices: [], usage: { total_tokens: 168 } });
  expect(collectChunks(chunks)).toMatchObject({ reasoning: 'Two and two.', content: '4' });
  expect(stream.usage()).toMatchObject({
    uncachedInputTokens: 64,
    cacheReadTokens: 64,
    outputTokens: 40,
    reasoningTokens: 36,
  });
});

test('a host that strays in every field is understood, and may end without [DONE]', () => {
  const { stream, chunks } = play('hosts/no-done.stream.sse');
  expect(collectChunks(chunks)).toMatchObject({ content: 'One two', finishReasons: ['stop'] });
  expect(stream.complete).toBe(false);
  expect(stream.mayEnd).toBe(true);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 4, outputTokens: 3 });
});

test('thoughts come as reasoning_content, and a chunk after the end opens nothing again', () => {
  const { stream, chunks } = play('hosts/openrouter.stream.sse');
  expect(collectChunks(chunks)).toMatchObject({ reasoning: 'Hm.', content: 'Yes', finishReasons: ['stop'] });
  expect(stream.mayEnd).toBe(true);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 12, outputTokens: 6 });
});

test('cumulative usage overwrites and is never added', () => {
  const { stream, push } = open();
  push(chunk([says('a')], used(10, 1)));
  push(chunk([says('b')], used(10, 2)));
  push(chunk([says('', 'stop')], used(10, 3)));
  expect(stream.push({ data: '[DONE]' })).toHaveLength(1);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 10, outputTokens: 3 });
});

test('usage that came only in the middle is told at the end', () => {
  const { stream, push } = open();
  push(chunk([says('a')], used(10, 1)));
  push(chunk([says('', 'stop')]));
  const [last] = stream.push({ data: '[DONE]' });
  expect(JSON.parse(last ?? '')).toMatchObject({ choices: [], usage: used(10, 1) });
});

test('of several reports of usage the caller is told the last, be the others without choices or not', () => {
  for (const isEndSaid of [true, false]) {
    const { stream, push } = open();
    push(chunk([says('a')]));
    expect(push(chunk([], used(10, 1)))).toEqual([]);
    push(chunk([says('', 'stop')], used(10, 2)));
    expect(push(chunk([], used(10, 3)))).toEqual([]);
    const told = isEndSaid ? stream.push({ data: '[DONE]' }) : stream.end();
    expect(told.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { choices: [], usage: used(10, 3) },
    ]);
  }
});

test.each([' [DONE]', '[DONE] ', '\t[DONE]\n'])('white space around it does not hide the end: %j', (data) => {
  const { stream, push } = open();
  push(chunk([says('a', 'stop')]));
  stream.push({ data });
  expect(stream.complete).toBe(true);
});

test('a chunk that came in several lines is passed on in one', () => {
  const stream = new OpenaiStreamParser(context);
  const sent = stream.push({ data: JSON.stringify(chunk([says('a')]), undefined, 1) });
  expect(sent).toEqual([JSON.stringify(chunk([says('a')]))]);
});

test('a stream may not end before as many choices have as were asked for', () => {
  const { stream, push } = open({ choices: 2 });
  push(chunk([says('a', 'stop', 0)]));
  expect(stream.mayEnd).toBe(false);
  push(chunk([says('b', 'stop', 1)]));
  expect(stream.mayEnd).toBe(true);
});

test('a stream of several choices may end only when all of them have', () => {
  const { stream, push } = open({ choices: 2 });
  expect(stream.mayEnd).toBe(false);
  push(chunk([says('a', null, 0)]));
  push(chunk([says('b', null, 1)]));
  push(chunk([says('', 'stop', 0)]));
  expect(stream.mayEnd).toBe(false);
  push(chunk([says('', 'length', 1)]));
  expect(stream.mayEnd).toBe(true);
});

test('a stream that is cut has used nothing that is known', () => {
  const { stream, push } = open();
  push(chunk([says('a')]));
  expect(stream.complete || stream.mayEnd).toBe(false);
  expect(stream.usage()).toMatchObject({ source: 'missing', modelServed: 'm' });
});

const broken = { data: '{"id": "c1", "choices": [' };
const lastChunk = chunk([says('', 'stop')]);

test('one event that cannot be read is passed over, with a warning, if all else is whole', () => {
  const { stream, push } = open();
  const sent = [
    push(chunk([says('One')])),
    stream.push(broken),
    push(chunk([says(' two')])),
    push(lastChunk),
  ];
  stream.push({ data: '[DONE]' });
  expect(collectChunks(sent.flat())).toMatchObject({ content: 'One two', finishReasons: ['stop'] });
  expect(stream).toMatchObject({
    complete: true,
    warnings: ['an event of the answer could not be read and was left out'],
  });
});

test.each([
  ['without a reason to end', [chunk([says('One')])]],
  [
    'with arguments that are not whole',
    [
      chunk([
        {
          index: 0,
          delta: {
            tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x' } }],
          },
        },
      ]),
      chunk([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]),
    ],
  ],
])('an answer that is not whole without it is invalid: %s', (_, chunks) => {
  const { stream, push } = open();
  chunks.forEach((each) => push(each));
  stream.push(broken);
  expect(() => stream.push({ data: '[DONE]' })).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
});

test('where another target would go on, and where two cannot be read, nothing is passed over', () => {
  const invalid: unknown = expect.objectContaining({ code: 'upstream_invalid_response' });
  const continuable = open({ isContinuable: true });
  continuable.push(chunk([says('One')]));
  expect(() => continuable.stream.push(broken)).toThrow(invalid);
  const { stream, push } = open();
  push(chunk([says('One')]));
  expect(() => [1, 2].map(() => stream.push(broken))).toThrow(invalid);
});

test.each(['null', 'ping', '{"type":"ping"}', '[]'])(
  'what keeps a connection alive is no failure: %s',
  (data) => {
    const { stream, push } = open();
    expect(stream.push({ data })).toEqual([]);
    push(chunk([says('Hi')]));
    push(lastChunk);
    expect(stream.push({ data })).toEqual([]);
    stream.push({ data: '[DONE]' });
    expect(stream.complete).toBe(true);
  },
);

test('content is whatever is not text, too, and comes as it came', () => {
  const images = [
    { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1_500_000)}` } },
  ];
  const { stream, push } = open();
  push(chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]));
  expect(stream.hasContent).toBe(false);
  const drawn = chunk([{ index: 0, delta: { content: '', images }, finish_reason: null }]);
  expect(push(drawn)).toEqual([JSON.stringify(drawn)]);
  expect(stream.output).toMatchObject({ bytes: 1_290, tokens: 1_290 });
  expect(stream.hasContent).toBe(true);
});

test('reasoning_details pass as they came', () => {
  const details = [
    { type: 'reasoning.encrypted', data: 'x', id: null, format: 'anthropic-claude-v1', index: 0 },
  ];
  const said = chunk([
    { index: 0, delta: { content: '', reasoning: null, reasoning_details: details }, finish_reason: null },
  ]);
  expect(open().push(said)).toEqual([JSON.stringify(said)]);
});

const toolCalls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }];

test.each([
  [
    'alone',
    [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi', tool_calls: toolCalls },
        finish_reason: 'stop',
      },
    ],
  ],
  [
    'beside null',
    [{ index: 0, delta: null, message: { content: 'Hi', tool_calls: toolCalls }, finish_reason: 'stop' }],
  ],
  [
    'beside an empty delta',
    [{ index: 0, delta: {}, message: { content: 'Hi', tool_calls: toolCalls }, finish_reason: 'stop' }],
  ],
])('a whole message in a chunk is read: %s', (_, choices) => {
  expect(collectChunks(open().push(chunk(choices)))).toMatchObject({
    content: 'Hi',
    toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }],
    finishReasons: ['tool_calls'],
  });
});

test('a message that repeats what the deltas have said adds only its calls', () => {
  const { push } = open();
  const sent = [
    push(chunk([says('Hi')])),
    push(
      chunk([
        {
          index: 0,
          delta: { content: '' },
          message: { content: 'Hi', tool_calls: toolCalls },
          finish_reason: 'stop',
        },
      ]),
    ),
  ];
  expect(collectChunks(sent.flat())).toMatchObject({ content: 'Hi', toolCalls: [{ id: 'a' }] });
});

test("Perplexity's messages beside the deltas come as they came", () => {
  const choices = ['', 'Hi', ''].map((content) => ({
    index: 0,
    delta: { content },
    message: { content: 'Hi' },
  }));
  const chunks = choices.map((choice, n) =>
    chunk([{ ...choice, message: n === 0 ? undefined : choice.message }]),
  );
  const { push } = open();
  expect(chunks.flatMap((each) => push(each))).toEqual(chunks.map((each) => JSON.stringify(each)));
});

test.each([
  ['no delta', chunk([{ index: 0, delta: null, finish_reason: 'stop' }])],
  ['a reason that is empty before', chunk([{ index: 0, delta: { content: '' }, finish_reason: 'stop' }])],
  ['the reason in a list of chunks', [chunk([{ index: 0, delta: {}, finish_reason: 'stop' }])]],
])('an end of any form ends the answer: %s', (_, last) => {
  const { stream, push } = open();
  push(chunk([{ index: 0, delta: { content: 'Hi' }, finish_reason: '' }]));
  expect(stream.mayEnd).toBe(false);
  expect(collectChunks(push(last)).finishReasons).toEqual(['stop']);
  expect(stream.mayEnd).toBe(true);
});

test("a call by OpenAI's older field ends with function_call, whatever the form of its chunk", () => {
  const functionCall = { name: 'f', arguments: '{}' };
  for (const index of [0, '0']) {
    const { push } = open();
    push(chunk([{ index, delta: { function_call: functionCall }, finish_reason: null }]));
    expect(collectChunks(push(lastChunk)).finishReasons).toEqual(['function_call']);
  }
});

test('a chunk that is nested too deeply is left to whoever reads it within the stack', () => {
  const deep = `{"choices":[],"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const { stream, push } = open();
  push(chunk([says('Hi')]));
  expect(() => stream.push({ data: deep })).toThrow(RangeError);
});

test('the chunks of a list are read, and no list within it is parsed again', () => {
  const { stream, push } = open();
  expect(collectChunks(push([chunk([says('Hel')]), chunk([says('lo')])])).content).toBe('Hello');
  const parse = vi.spyOn(JSON, 'parse');
  expect(() => stream.push({ data: `${'['.repeat(100)}1${']'.repeat(100)}` })).not.toThrow();
  expect(parse.mock.calls.length).toBeLessThan(5);
  parse.mockRestore();
  expect(stream.warnings).toEqual(['an event of the answer could not be read and was left out']);
});

test('a chunk has no more choices than any has: each may end all calls of an answer', () => {
  const { push } = open();
  const many = (count: number) => chunk(Array.from({ length: count }, () => says('x', 'stop')));
  expect(() => push(many(129))).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  expect(collectChunks(push(many(128))).finishReasons).toHaveLength(128);
});

test('an answer that its host ends without a reason gets one', () => {
  const { stream, push } = open({ includeUsage: false });
  push(chunk([says('Hi')]));
  expect(collectChunks(stream.push({ data: '[DONE]' })).finishReasons).toEqual(['stop']);
});

test('an answer that ends by itself and says nothing is complete and has no content', () => {
  const { stream, push } = open();
  push(chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]));
  push(lastChunk);
  stream.push({ data: '[DONE]' });
  expect(stream).toMatchObject({ complete: true, hasContent: false });
});

test('usage in part is completed, for the caller and for the account', () => {
  for (const usage of [
    { prompt_tokens: 12, completion_tokens: 7 },
    { prompt_tokens: 12, completion_tokens: null, total_tokens: 19 },
  ]) {
    const { stream, push } = open();
    push(chunk([says('Hi', 'stop')]));
    push(chunk([], usage));
    const [told] = stream.push({ data: '[DONE]' });
    expect(JSON.parse(told ?? '')).toMatchObject({ choices: [], usage: used(12, 7) });
    expect(stream.usage()).toMatchObject({ uncachedInputTokens: 12, outputTokens: 7, source: 'provider' });
  }
});

test('each integer of a chunk that is written anew keeps its digits', () => {
  const data = JSON.stringify(chunk([says('Hi')], used(1, 1))).replace(
    '"created":1',
    '"created":1,"seed":9007199254740993',
  );
  expect(open().stream.push({ data })[0]).toContain('"seed":9007199254740993');
});

test.each([
  ['an error object', { data: '{"error":{"message":"boom","type":"server_error"}}' }, 'upstream_error'],
  ['an error by its event', { name: 'error', data: '{"message":"busy","code":503}' }, 'upstream_overloaded'],
  [
    'a code that tells more',
    { data: '{"error":{"message":"x","code":"context_length_exceeded"}}' },
    'context_length_exceeded',
  ],
  ['malformed JSON', { data: '{"choices":[' }, 'upstream_invalid_response'],
  ['another form', { data: '{"choices":"none"}' }, 'upstream_invalid_response'],
  ['an end before anything', { data: '[DONE]' }, 'upstream_empty_answer'],
])('an event that is no chunk is a fault: %s', (_, event, code) => {
  expect(() => new OpenaiStreamParser(context).push(event)).toThrow(expect.objectContaining({ code }));
});
