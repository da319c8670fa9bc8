import { describe, expect, test } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context, readRecordedEvents } from '../../../test/recorded/anthropic/recorded.ts';
import type { ResponseContext } from '../../domain/dialect.ts';
import { AnthropicStreamParser } from './stream-parser.ts';

function open(overrides: Partial<ResponseContext> = {}) {
  const stream = new AnthropicStreamParser({ ...context, ...overrides });
  const push = (event: Record<string, unknown>) => stream.push({ data: JSON.stringify(event) });
  return { stream, push };
}

const start = (usage: unknown) => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', usage },
});
const textBlock = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } };
const end = (usage?: unknown) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage });
const stop = { type: 'message_stop' };

function play(name: string, overrides?: Partial<ResponseContext>) {
  const { stream } = open(overrides);
  const chunks = readRecordedEvents(name).flatMap((event) => stream.push(event));
  return { stream, chunks };
}

test('a recorded text becomes the chunks that OpenAI would have sent', () => {
  const { chunks, stream } = play('text.stream.sse');
  const choices = chunks.map((chunk) => (JSON.parse(chunk) as { choices: unknown[] }).choices);
  const choice = (delta: unknown, finishReason: string | null = null) => [
    { index: 0, delta, finish_reason: finishReason },
  ];
  expect(choices).toEqual([
    choice({ role: 'assistant', content: '' }),
    choice({ content: 'Hello!' }),
    choice({ content: ' How can I help' }),
    choice({ content: ' you today?' }),
    choice({}, 'stop'),
    [],
  ]);
  expect(stream.complete).toBe(true);
});

test('tool calls have an index of their own, apart from the block index', () => {
  const { chunks } = play('tools.stream.sse');
  expect(collectChunks(chunks)).toMatchObject({
    content: "I'll look at both.",
    toolCalls: [
      { name: 'get_weather', arguments: '{"city":"São Paulo","days":2}' },
      { name: 'get_time', arguments: '{}' },
    ],
    finishReasons: ['tool_calls'],
  });
});

test('arguments that come whole when the block begins keep each digit', () => {
  const { stream, push } = open();
  const block = { type: 'tool_use', id: 'a', name: 'f', input: { id: 'ID' } };
  const begin = JSON.stringify({ type: 'content_block_start', index: 0, content_block: block });
  stream.push({ data: begin.replace('"ID"', '1234567890123456789') });
  const [chunk = ''] = push({ type: 'content_block_stop', index: 0 });
  expect(JSON.parse(chunk)).toMatchObject({
    choices: [
      { delta: { tool_calls: [{ index: 0, function: { arguments: '{"id":1234567890123456789}' } }] } },
    ],
  });
});

test('thoughts between text and tool calls are reasoning', () => {
  expect(collectChunks(play('thinking.stream.sse').chunks)).toMatchObject({
    reasoning: '27 * 453 = 27 * 400 + 27 * 53. The calculator will tell.',
    content: 'Let me check that: ',
    toolCalls: [{ name: 'calculate', arguments: '{"expression":"27 * 453"}' }],
  });
});

test("the provider's own searches stand for no chunk, and are counted", () => {
  const { chunks, stream } = play('web-search.stream.sse');
  expect(collectChunks(chunks).toolCalls).toEqual([]);
  expect(stream.usage()).toMatchObject({ webSearchRequests: 1, uncachedInputTokens: 10682 });
});

test('arguments that come whole with the block are sent when it ends', () => {
  const { push } = open();
  const block = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } };
  const chunks = [
    ...push({ type: 'content_block_start', index: 3, content_block: block }),
    ...push({ type: 'content_block_stop', index: 3 }),
  ];
  expect(collectChunks(chunks).toolCalls).toEqual([{ id: 'toolu_1', name: 'f', arguments: '{"a":1}' }]);
});

test('the usage chunk is sent only where the caller asked for it', () => {
  expect(collectChunks(play('text.stream.sse').chunks).usage).toMatchObject({ total_tokens: 2140 });
  expect(collectChunks(play('text.stream.sse', { includeUsage: false }).chunks).usage).toBeUndefined();
});

test('counters are overwritten where they are told, and never added', () => {
  const { stream, push } = open();
  push(start({ input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 }));
  push(textBlock);
  push(end({ input_tokens: 12, cache_read_input_tokens: null, output_tokens: 7 }));
  push(stop);
  expect(stream.usage()).toMatchObject({ uncachedInputTokens: 12, cacheReadTokens: 5, outputTokens: 7 });
});

test('cache writes that grow are counted once, at the lifetimes that are known', () => {
  const { stream, push } = open();
  const lifetimes = { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 };
  push(start({ input_tokens: 1, cache_creation_input_tokens: 100, cache_creation: lifetimes }));
  push(textBlock);
  push(end({ cache_creation_input_tokens: 150, output_tokens: 7 }));
  expect(stream.usage()).toMatchObject({ cacheWrite5mTokens: 110, cacheWrite1hTokens: 40 });
});

test('a stream that is cut says so, and its counts are not taken for the whole', () => {
  const { stream, push } = open();
  push(start({ input_tokens: 10, output_tokens: 1 }));
  push(textBlock);
  expect(stream.complete).toBe(false);
  expect(stream.usage()).toMatchObject({ source: 'missing', uncachedInputTokens: 10 });
  push(end({ output_tokens: 7 }));
  expect(stream.complete).toBe(false);
  expect(stream.usage().source).toBe('provider');
});

test('until content is sent there is a silent way back', () => {
  const { stream, push } = open();
  push(start({ input_tokens: 10 }));
  push({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } });
  expect(stream.hasContent).toBe(false);
  push({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'So' } });
  expect(stream.hasContent).toBe(true);
});

test('a refusal is filtered content, and counts as content where it says why', () => {
  const { chunks, stream } = play('refusal.stream.sse');
  expect(collectChunks(chunks)).toMatchObject({
    refusal: 'The request could enable cyber harm.',
    finishReasons: ['content_filter'],
  });
  expect(stream.hasContent).toBe(true);
});

test('an error in mid-stream is a fault, and never a finish reason', () => {
  const { stream, push } = open();
  push(start({ input_tokens: 10 }));
  push(textBlock);
  const data = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
  expect(() => stream.push({ name: 'error', data })).toThrow(
    expect.objectContaining({ code: 'upstream_overloaded' }),
  );
  expect(() => stream.push({ name: 'error', data: 'gone' })).toThrow(
    expect.objectContaining({ code: 'upstream_error' }),
  );
  expect(stream.complete).toBe(false);
});

test('a turn that ends without a word is complete, and has said nothing', () => {
  const { stream, push } = open();
  push(start({ input_tokens: 10 }));
  expect(collectChunks([...push(end({ output_tokens: 3 })), ...push(stop)])).toMatchObject({
    content: '',
    finishReasons: ['stop'],
    usage: { prompt_tokens: 10, completion_tokens: 3 },
  });
  expect(stream).toMatchObject({ complete: true, hasContent: false });
});

test('an end without a reason after nothing at all is no answer', () => {
  const { push } = open();
  push(start({ input_tokens: 10 }));
  expect(() => push(stop)).toThrow(expect.objectContaining({ code: 'upstream_empty_answer' }));
});

test('a stream may end once it has said why, and tells the usage all the same', () => {
  const { stream, push } = open();
  push(start({ input_tokens: 10 }));
  const begun = push(textBlock);
  expect(stream.mayEnd).toBe(false);
  const chunks = [...begun, ...push(end({ output_tokens: 7 }))];
  expect(stream).toMatchObject({ mayEnd: true, complete: false });
  expect(collectChunks([...chunks, ...stream.end()])).toMatchObject({
    content: 'Hi',
    finishReasons: ['stop'],
    usage: { prompt_tokens: 10, completion_tokens: 7 },
  });
  expect(stream.complete).toBe(true);
});

test('one event that cannot be read is passed over with a warning, where the calls are whole without it, and nobody continues', () => {
  const { stream, push } = open();
  push(textBlock);
  expect(stream.push({ data: '{"type":"content_bl' })).toEqual([]);
  expect(stream.warnings).toEqual(['an event of the answer could not be read and was left out']);
  expect(() => stream.push({ data: '{' })).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
  const piece = (json: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'input_json_delta', partial_json: json },
  });
  const calling = (...jsons: string[]) => {
    const { stream, push } = open();
    [callBlock(0, 'toolu_1'), ...jsons.map(piece)].forEach(push);
    stream.push({ data: '{' });
    push({ type: 'content_block_stop', index: 0 });
    push(end());
    return () => push(stop);
  };
  const continuable = open({ isContinuable: true });
  continuable.push(textBlock);
  expect(() => continuable.stream.push({ data: '{' })).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
  expect(calling('{"a":', '1}')).not.toThrow();
  expect(calling('{"a":')).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
});

const callBlock = (index: number, id: string | null) => ({
  type: 'content_block_start',
  index,
  content_block: { type: 'tool_use', id, name: 'f', input: {} },
});

test('calls have ids of their own, and arguments, whatever the host leaves out', () => {
  const { stream, push } = open();
  const chunks = [callBlock(0, 'a'), callBlock(1, 'a'), callBlock(2, null), end()].flatMap(push);
  expect(collectChunks(chunks)).toMatchObject({
    toolCalls: [
      { id: 'a', arguments: '{}' },
      { id: 'call_req_1_1', arguments: '{}' },
      { id: 'call_req_1_2', arguments: '{}' },
    ],
    finishReasons: ['tool_calls'],
  });
  expect(stream.warnings).toHaveLength(1);
});

describe('signed and encrypted thoughts come whole in one chunk', () => {
  const block = (index: number, opened: object) => ({
    type: 'content_block_start',
    index,
    content_block: opened,
  });
  const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece });
  const thoughts = [
    block(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'So' }),
    delta(0, { type: 'thinking_delta', thinking: ' so' }),
    delta(0, { type: 'signature_delta', signature: 'c2ln' }),
    block(1, { type: 'redacted_thinking', data: 'ZGF0YQ==' }),
  ];
  const details = [
    { type: 'reasoning.text', text: 'So so', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
    { type: 'reasoning.encrypted', data: 'ZGF0YQ==', format: 'anthropic-claude-v1', index: 1 },
  ];
  const deltasOf = (chunks: readonly string[]) =>
    chunks.flatMap(
      (chunk) => (JSON.parse(chunk) as { choices: { delta: object }[] }).choices[0]?.delta ?? [],
    );

  test('before the first tool call, and after what came of them as text', () => {
    const { push } = open();
    const deltas = deltasOf([...thoughts, callBlock(2, 'toolu_1')].flatMap(push));
    expect(deltas.slice(0, 4)).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'So' },
      { reasoning_content: ' so' },
      { reasoning_details: details },
    ]);
    expect(deltas[4]).toHaveProperty('tool_calls');
  });

  test('before the end, where no tool is called; later ones are counted on', () => {
    const { push } = open();
    const later = block(4, { type: 'thinking', thinking: '', signature: 'bGF0ZXI=' });
    const deltas = deltasOf([...thoughts, textBlock, callBlock(3, 'a'), later, end()].flatMap(push));
    expect(deltas.filter((one) => 'reasoning_details' in one)).toEqual([
      { reasoning_details: details },
      {
        reasoning_details: [
          {
            type: 'reasoning.text',
            text: '',
            signature: 'bGF0ZXI=',
            format: 'anthropic-claude-v1',
            index: 2,
          },
        ],
      },
    ]);
  });
});

test('events, blocks and deltas that nobody knows yet are passed over', () => {
  const { stream, push } = open();
  const chunks = [
    ...push({ type: 'aurora', sky: 'green' }),
    ...push({ type: 'content_block_start', index: 0, content_block: { type: 'hologram' } }),
    ...push({ type: 'content_block_delta', index: 0, delta: { type: 'light_delta', light: 1 } }),
    ...push({ type: 'content_block_stop', index: 0 }),
    ...stream.push({ name: 'ping', data: '{}' }),
  ];
  expect(chunks).toEqual([]);
});

test('what a host sends after the end is passed over', () => {
  const { stream } = play('text.stream.sse');
  expect(stream.push({ data: '[DONE]' })).toEqual([]);
});

test.each([
  ['JSON that is cut off', '{"type":'],
  ['JSON that is no event', '[]'],
  ['a known event of another form', '{"type":"content_block_delta","delta":{}}'],
  [
    'a known delta of another form',
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":1}}',
  ],
])('%s is an answer that cannot be understood', (_, data) => {
  expect(() => open().stream.push({ data })).toThrow(
    expect.objectContaining({ code: 'upstream_invalid_response' }),
  );
});

test('a host that names no reason for the end has ended all the same', () => {
  const { stream, push } = open();
  push(textBlock);
  expect(collectChunks(push(stop)).finishReasons).toEqual(['stop']);
  expect(stream.usage().source).toBe('missing');
});
