import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { expect, test } from 'vitest';
import { context, readRecorded } from '../../../test/recorded/anthropic/recorded.ts';
import { anthropicDialect } from './dialect.ts';

function read(answer: string) {
  const { body, usage } = anthropicDialect.parseCompletion(answer, context);
  const completion = chatCompletionSchema.parse(JSON.parse(body));
  return { completion, choice: completion.choices[0], usage };
}

function answer(fields: Record<string, unknown>): string {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    stop_reason: 'end_turn',
  };
  return JSON.stringify({ ...message, content: [{ type: 'text', text: 'Hi' }], ...fields });
}

test('a text is a completion, with usage as OpenAI counts it', () => {
  const { completion, usage } = read(readRecorded('text.message.json'));
  expect(completion).toEqual({
    id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
    object: 'chat.completion',
    created: context.createdAtS,
    model: 'claude-sonnet-4-5-20250929',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello! How can I help you today?', refusal: null },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: {
      prompt_tokens: 2125,
      completion_tokens: 15,
      total_tokens: 2140,
      prompt_tokens_details: { cached_tokens: 2000, cache_write_tokens: 100 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    service_tier: 'standard',
  });
  expect(usage).toMatchObject({
    uncachedInputTokens: 25,
    cacheReadTokens: 2000,
    cacheWrite5mTokens: 60,
    cacheWrite1hTokens: 40,
    outputTokens: 15,
    serviceTier: 'standard',
    modelServed: 'claude-sonnet-4-5-20250929',
    source: 'provider',
  });
});

test('tool calls keep their arguments as JSON text', () => {
  const { choice } = read(readRecorded('tools.message.json'));
  expect(choice?.finish_reason).toBe('tool_calls');
  expect(choice?.message).toEqual({
    role: 'assistant',
    content: "I'll look at both.",
    refusal: null,
    tool_calls: [
      {
        id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        type: 'function',
        function: { name: 'get_weather', arguments: '{"city":"São Paulo","days":2}' },
      },
      {
        id: 'toolu_01A09q90qw90lq917835lq9',
        type: 'function',
        function: { name: 'get_time', arguments: '{}' },
      },
    ],
  });
});

test('an integer that no number can hold keeps each digit in the arguments of a tool call', () => {
  const block = { type: 'tool_use', id: 'a', name: 'f', input: { id: 'ID', at: [{ id: 'ID' }] } };
  const { choice } = read(answer({ content: [block] }).replaceAll('"ID"', '1234567890123456789'));
  expect(choice?.message.tool_calls?.[0]).toMatchObject({
    function: { arguments: '{"id":1234567890123456789,"at":[{"id":1234567890123456789}]}' },
  });
});

test('thoughts are told apart from the text, and their tokens are a part of the output', () => {
  const { choice, usage } = read(readRecorded('thinking.message.json'));
  expect(choice?.message.reasoning_content).toBe('27 * 453 = 27 * 400 + 27 * 53. The calculator will tell.');
  expect(choice?.message.content).toBe('Let me check that: ');
  expect(usage).toMatchObject({ outputTokens: 210, reasoningTokens: 150 });
});

test("the provider's own searches are no tool calls, and are counted", () => {
  const { choice, usage } = read(readRecorded('web-search.message.json'));
  expect(choice?.message.content).toBe("I'll check the weather for you. It is 72 degrees and sunny.");
  expect(choice?.message.tool_calls).toBeUndefined();
  expect(usage.webSearchRequests).toBe(1);
});

test('a refusal is filtered content, with its reason where the provider gives one', () => {
  const { choice } = read(readRecorded('refusal.message.json'));
  expect(choice).toMatchObject({
    finish_reason: 'content_filter',
    message: { content: null, refusal: 'The request could enable cyber harm.' },
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  ['pause_turn', 'length'],
  ['constructor', 'stop'],
  [null, 'stop'],
])('the stop reason %s is %s', (stopReason, expected) => {
  expect(read(answer({ stop_reason: stopReason })).choice?.finish_reason).toBe(expected);
});

test('blocks and fields that nobody knows yet are passed over', () => {
  const content = [
    { type: 'hologram', text: 1 },
    { type: 'text', text: 'Hi', mood: 'good' },
  ];
  expect(read(answer({ content, container: {} })).choice?.message.content).toBe('Hi');
});

test('usage that is not told is missing, and an explicit zero is a value', () => {
  expect(read(answer({})).usage.source).toBe('missing');
  expect(read(answer({})).completion.usage).toBeNull();
  const counted = read(answer({ usage: { input_tokens: 0, output_tokens: 0 } }));
  expect(counted.usage.source).toBe('provider');
  expect(counted.completion.usage?.total_tokens).toBe(0);
});

test('a counter that cannot be is one that was not told, and the answer is good', () => {
  const { choice, usage } = read(
    answer({ usage: { input_tokens: 5, output_tokens: 3.5, cache_read_input_tokens: -1 } }),
  );
  expect(choice?.message.content).toBe('Hi');
  expect(usage).toMatchObject({
    uncachedInputTokens: 5,
    outputTokens: 0,
    cacheReadTokens: 0,
    source: 'missing',
  });
});

test('an answer without a model is of the model that was asked', () => {
  const { completion, usage } = read(answer({ model: null }));
  expect([completion.model, usage.modelServed]).toEqual([context.model, context.model]);
});

test.each([
  ['nothing', ''],
  ['no JSON', '<html>secret</html>'],
  ['JSON of another form', '{"choices":[]}'],
  ['a known block of another form', answer({ content: [{ type: 'text', text: 7 }] })],
])('%s is an answer that cannot be used, and the log is not told its text', (_, text) => {
  try {
    anthropicDialect.parseCompletion(text, context);
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'upstream_invalid_response' });
    expect(String((thrown as Error).cause)).not.toContain('secret');
  }
});

test('a turn that ended by itself without a word is an empty answer, and no failure', () => {
  const usage = { input_tokens: 512, output_tokens: 3 };
  const empty = answer({ content: [], stop_reason: 'end_turn', usage });
  expect(anthropicDialect.parseCompletion(empty, context)).toMatchObject({ isEmpty: true });
  expect(read(empty)).toMatchObject({
    choice: { message: { content: null }, finish_reason: 'stop' },
    usage: { uncachedInputTokens: 512, outputTokens: 3 },
  });
  expect(anthropicDialect.parseCompletion(answer({}), context).isEmpty).toBe(false);
});

test('nothing at all, and no reason for it, is no answer', () => {
  expect(() => read(answer({ content: [], stop_reason: null }))).toThrow(
    expect.objectContaining({ code: 'upstream_empty_answer' }),
  );
});

test('signed and encrypted thoughts come in the form that clients send back', () => {
  const content = [
    { type: 'thinking', thinking: 'So', signature: 'c2ln' },
    { type: 'redacted_thinking', data: 'ZGF0YQ==' },
    { type: 'thinking', thinking: '', signature: 'b21pdHRlZA==' },
    { type: 'thinking', thinking: '' },
    { type: 'text', text: 'Hi' },
  ];
  const format = 'anthropic-claude-v1';
  expect(read(answer({ content })).choice?.message).toMatchObject({
    content: 'Hi',
    reasoning_content: 'So',
    reasoning_details: [
      { type: 'reasoning.text', text: 'So', signature: 'c2ln', format, index: 0 },
      { type: 'reasoning.encrypted', data: 'ZGF0YQ==', format, index: 1 },
      { type: 'reasoning.text', text: '', signature: 'b21pdHRlZA==', format, index: 2 },
    ],
  });
});

test('calls that a host ends as a turn are calls, with ids of their own', () => {
  const call = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
  const { choice } = read(answer({ content: [call('a'), call('a'), call('')] }));
  expect(choice?.finish_reason).toBe('tool_calls');
  expect(choice?.message.tool_calls?.map(({ id }) => id)).toEqual(['a', 'call_req_1_1', 'call_req_1_2']);
});

test('an answer that a stop sequence ended at once is empty and complete', () => {
  const { choice } = read(answer({ content: [], stop_reason: 'stop_sequence' }));
  expect(choice).toMatchObject({ finish_reason: 'stop', message: { content: null } });
});
