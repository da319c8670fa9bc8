import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { readRecordedJson } from '../../../test/recorded/anthropic/recorded.ts';
import type { WireTarget } from '../../domain/dialect.ts';
import { version20230601, version20261021, type ApiVersion, toRequest } from './request.ts';

interface Options {
  model?: string;
  version?: ApiVersion;
  unsupportedParams?: string[];
  maxTokens?: number;
}

const messages = [{ role: 'user', content: 'Hi' }];

function translate(params: Record<string, unknown>, options: Options = {}) {
  const {
    model = 'some-model',
    version = version20230601,
    unsupportedParams = [],
    maxTokens = 64_000,
  } = options;
  const target: WireTarget = {
    model,
    output: { defaultTokens: 4096, maxTokens, isCapRequired: false },
    outputCapParam: 'max_tokens',
    unsupportedParams,
  };
  const chat = chatRequestSchema.parse({ model: 'claude', messages, ...params });
  const { path, body, warnings } = toRequest(chat, target, version);
  return {
    path,
    body: JSON.parse(body) as Record<string, unknown>,
    // Of a cap that the protocol needs: every test's but one has it.
    warnings: warnings.filter((warning) => !warning.startsWith('max_tokens was set')),
  };
}

test('a request with everything in it becomes the request that Anthropic documents', () => {
  const recorded = readRecordedJson('conversation.openai.json') as Record<string, unknown>;
  const { path, body, warnings } = translate(recorded, { model: 'claude-sonnet-4-6' });
  expect(path).toBe('v1/messages');
  expect(body).toEqual(readRecordedJson('conversation.anthropic.json'));
  expect(warnings.toSorted()).toEqual([
    'image_url.detail is not supported',
    'logit_bias is not supported',
    'messages[]: reasoning that is not signed by Claude was left out',
    'seed is not supported',
    'stop is not supported for white space',
  ]);
});

test('the smallest request has nothing in it that the caller did not ask for, but an output cap', () => {
  const { body, warnings } = translate({});
  expect(body).toEqual({
    model: 'some-model',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    max_tokens: 4096,
  });
  expect(warnings).toEqual([]);
});

test('the output cap is never more than the model gives', () => {
  expect(translate({ max_tokens: 9000 }, { maxTokens: 8192 })).toMatchObject({
    body: { max_tokens: 8192 },
    warnings: ['max_tokens was lowered to 8192, the most that the model gives'],
  });
  expect(translate({}, { maxTokens: 1024 }).body).toMatchObject({ max_tokens: 1024 });
});

test('a null parameter is one that is not set', () => {
  const nothing = { temperature: null, stop: null, tools: null, response_format: null, n: null, user: null };
  expect(translate(nothing).body).toEqual(translate({}).body);
});

test('more than one choice is refused, since one answer would pass for many', () => {
  expect(() => translate({ n: 2 })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', details: { param: 'n' } }),
  );
  expect(translate({ n: 1 }).warnings).toEqual([]);
});

test('an answer in audio is refused, since one in text would pass for it', () => {
  expect(() => translate({ modalities: ['text', 'audio'] })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', details: { param: 'modalities' } }),
  );
  expect(translate({ modalities: ['text'] })).toEqual(translate({}));
});

test("OpenAI's first form of tools is refused, since an answer without them would pass for one with them", () => {
  expect(() => translate({ functions: [{ name: 'look' }] })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', details: { param: 'functions' } }),
  );
});

test('names of speakers are left out with one warning', () => {
  const named = ['Ann', 'Bob'].map((name) => ({ role: 'user', name, content: 'Hi' }));
  const { body, warnings } = translate({ messages: named });
  expect(JSON.stringify(body)).not.toContain('Ann');
  expect(warnings).toEqual(['messages[].name is not supported']);
});

test.each([
  'seed',
  'logit_bias',
  'frequency_penalty',
  'presence_penalty',
  'logprobs',
  'top_logprobs',
  'store',
  'metadata',
  'prediction',
  'prompt_cache_key',
])('%s is left out with a warning', (name) => {
  const values: Record<string, unknown> = {
    logit_bias: { 1: 1 },
    logprobs: true,
    store: true,
    metadata: { a: 'b' },
    prediction: { type: 'content' },
  };
  const { body, warnings } = translate({ [name]: values[name] ?? 1 });
  expect(body).not.toHaveProperty(name === 'metadata' ? 'metadata.a' : name);
  expect(warnings).toEqual([`${name} is not supported`]);
});

test('what the host rejects is left out with a warning, be it translated by name or by code', () => {
  const params = { top_p: 0.5, reasoning_effort: 'low', tools: [], stop: 'END' };
  const { body, warnings } = translate(params, {
    unsupportedParams: ['top_p', 'reasoning_effort', 'tools', 'stop'],
  });
  expect(body).toEqual(translate({}).body);
  expect(warnings).toHaveLength(4);
});

test('temperature works, and beyond what Anthropic takes it is lowered with a warning', () => {
  expect(translate({ temperature: 0 })).toMatchObject({ body: { temperature: 0 }, warnings: [] });
  expect(translate({ temperature: 1.6 })).toMatchObject({
    body: { temperature: 1 },
    warnings: ['temperature was lowered to 1, the most that Anthropic takes'],
  });
});

test('the API version without sampling parameters is sent none, and a warning for each', () => {
  const sampling = { temperature: 1.6, top_p: 1, top_k: 5 };
  const { body, warnings } = translate(sampling, { version: version20261021 });
  expect(body).toEqual(translate({}).body);
  expect(warnings).toEqual([
    'temperature is not supported',
    'top_p is not supported',
    'top_k is not supported',
  ]);
  expect(translate(sampling).body).toMatchObject({ temperature: 1, top_p: 1, top_k: 5 });
});

test('a stop sequence may be a text or a list, and one without visible text is left out', () => {
  expect(translate({ stop: 'END' }).body).toMatchObject({ stop_sequences: ['END'] });
  const { body, warnings } = translate({ stop: '\n' });
  expect(body).not.toHaveProperty('stop_sequences');
  expect(warnings).toEqual(['stop is not supported for white space']);
});

test.each([
  ['auto', undefined, []],
  ['default', 'standard_only', []],
  ['priority', 'auto', []],
  ['flex', undefined, ['service_tier is not supported']],
  ['constructor', undefined, ['service_tier is not supported']],
])('the service tier %s is sent as %s', (tier, sent, warnings) => {
  const translated = translate({ service_tier: tier });
  expect(translated.body['service_tier']).toBe(sent);
  expect(translated.warnings).toEqual(warnings);
});

test('an output that may be any JSON object has no equal, and a text needs none', () => {
  const object = translate({ response_format: { type: 'json_object' } });
  expect(object.body).not.toHaveProperty('output_config');
  expect(object.warnings).toEqual(['response_format is not supported without a schema']);
  expect(translate({ response_format: { type: 'text' } }).warnings).toEqual([]);
});

test("Anthropic's own parameters pass as they are, and win over what was derived", () => {
  const thinking = { type: 'enabled', budget_tokens: 2000 };
  const cached = { type: 'ephemeral' };
  const { body, warnings } = translate({ thinking, reasoning_effort: 'low', cache_control: cached });
  expect(body).toMatchObject({ thinking, cache_control: cached, output_config: { effort: 'low' } });
  expect(warnings).toEqual([]);
});

const budgeted = { type: 'enabled', budget_tokens: 2000 };
const weather = { type: 'function', function: { name: 'weather' } };
const details = [
  { type: 'reasoning.text', text: 'So', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
];
const answered = (assistant: object) => [
  { role: 'user', content: 'weather?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }],
    ...assistant,
  },
  { role: 'tool', tool_call_id: 'a', content: 'sunny' },
];

test('in a tool loop, thinking goes on with the thoughts that came back', () => {
  const request = {
    thinking: budgeted,
    tools: [weather],
    messages: answered({ reasoning_details: details }),
  };
  const { body, warnings } = translate(request, { model: 'claude-sonnet-4-5' });
  expect(body['thinking']).toEqual(budgeted);
  expect(body['messages']).toMatchObject([
    { role: 'user' },
    { content: [{ type: 'thinking', thinking: 'So', signature: 'c2ln' }, { type: 'tool_use' }] },
    { role: 'user' },
  ]);
  expect(warnings).toEqual([]);
});

test.each([{ thinking: budgeted }, { reasoning_effort: 'low', max_tokens: 8000 }])(
  'without them thinking is left off for that turn, with a warning: %j',
  (params) => {
    const request = { ...params, tools: [weather], messages: answered({}) };
    const { body, warnings } = translate(request, { model: 'claude-sonnet-4-5' });
    expect(body).not.toHaveProperty('thinking');
    expect(warnings).toEqual([
      'thinking was left off for this turn: the calls that it answers came without their reasoning_details',
    ]);
    const later = [
      ...answered({}),
      { role: 'assistant', content: 'Sunny.' },
      { role: 'user', content: 'Ah' },
    ];
    const next = translate({ ...request, messages: later }, { model: 'claude-sonnet-4-5' });
    expect(next.body).toHaveProperty('thinking.type', 'enabled');
  },
);

test('a model that thinks by itself is not kept from it', () => {
  const request = { reasoning_effort: 'high', tools: [weather], messages: answered({}) };
  const { body, warnings } = translate(request, { model: 'claude-opus-4-6' });
  expect(body).toHaveProperty('thinking.type', 'adaptive');
  expect(warnings).toEqual([]);
});

test('marks of what is to be cached go on, wherever a caller writes them', () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
  const inTools = translate({
    tools: [{ type: 'function', function: { name: 'f', ...mark } }],
    messages: [
      { role: 'system', content: 'S', ...mark },
      { role: 'user', content: 'Hi', ...mark },
    ],
  });
  expect(inTools.body).toMatchObject({
    tools: [mark],
    system: [mark],
    messages: [{ content: [mark] }],
  });
  const inCalls = translate({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'One moment.', tool_calls: [{ ...call, ...mark }] },
      { role: 'tool', tool_call_id: 'a', content: 'done', ...mark },
    ],
  });
  expect(inCalls.body['messages']).toMatchObject([
    {},
    { content: [{ type: 'text' }, { type: 'tool_use', ...mark }] },
    { content: [{ type: 'tool_result', ...mark }] },
  ]);
  expect([...inTools.warnings, ...inCalls.warnings]).toEqual([]);
});

test('of more marks than Anthropic takes, the first are left out with a warning', () => {
  const part = (text: string) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } });
  const content = ['a', 'b', 'c', 'd', 'e', 'f'].map(part);
  const marked = ({ body }: ReturnType<typeof translate>) =>
    (body['messages'] as { content: { text: string; cache_control?: unknown }[] }[])
      .flatMap((message) => message.content)
      .flatMap(({ text, cache_control: mark }) => (mark ? [text] : []));
  const many = translate({ messages: [{ role: 'user', content }] });
  expect(marked(many)).toEqual(['c', 'd', 'e', 'f']);
  expect(many.warnings).toEqual(['the first 2 marks with cache_control were left out: Anthropic takes 4']);
  const whole = { messages: [{ role: 'user', content }], cache_control: { type: 'ephemeral' } };
  expect(marked(translate(whole))).toEqual(['d', 'e', 'f']);
});

test('a mark that cannot be kept is told', () => {
  const lost = [
    { role: 'user', content: 'Hi', cache_control: { type: 'forever' } },
    { role: 'user', content: [{ type: 'text', text: ' ', cache_control: { type: 'ephemeral' } }] },
  ];
  for (const message of lost) {
    expect(translate({ messages: [message] }).warnings).toEqual([
      'cache_control is not supported in its form, or where it stands, and was left out',
    ]);
  }
});

test('an effort that would become a budget is left off, and told, where the last message begins the answer', () => {
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Ho' },
  ];
  const asked = { model: 'm', messages, reasoning_effort: 'low', max_tokens: 8_000 };
  const { body, warnings } = translate(asked, { model: 'claude-sonnet-4-5' });
  expect(body).not.toHaveProperty('thinking');
  expect(warnings).toEqual(['thinking was not asked for: the last message begins the answer']);
});

test('a cache mark on a part of a result stands on the result, where every host of Claude takes it', () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  const messages = [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'x', ...mark }] },
  ];
  const { body, warnings } = translate(
    { model: 'm', messages, max_tokens: 9 },
    { model: 'claude-sonnet-4-5' },
  );
  expect((body as { messages: unknown[] }).messages[2]).toEqual({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'x' }], ...mark }],
  });
  expect(warnings).toEqual([]);
});
