import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import type { WireTarget } from '../../domain/dialect.ts';
import { toRequest } from './request.ts';

const target: WireTarget = {
  model: 'llama3.2',
  output: { defaultTokens: 4_096, maxTokens: 8_192, isCapRequired: false },
  outputCapParam: 'max_tokens',
  unsupportedParams: [],
};
const chat: ChatRequest = { model: 'ollama/llama3.2', messages: [{ role: 'user', content: 'Hi' }] };

function send(overrides: Partial<ChatRequest>, model = target.model) {
  const { body, ...rest } = toRequest({ ...chat, ...overrides }, { ...target, model });
  return { ...rest, body: JSON.parse(body) as Record<string, unknown> };
}

const fault = (code: string, param: string) => expect.objectContaining({ code, details: { param } }) as Error;

test('a plain request says that it does not stream, and has no cap', () => {
  expect(send({})).toEqual({
    path: 'api/chat',
    body: {
      model: 'llama3.2',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: false,
      options: {},
    },
    outputCapTokens: undefined,
    warnings: [],
  });
  expect(send({ stream: true, stream_options: { include_usage: true } })).toMatchObject({
    body: { stream: true },
    warnings: [],
  });
});

test('sampling parameters become options', () => {
  const { body, warnings } = send({
    temperature: 0.5,
    top_p: 0.9,
    seed: 7,
    stop: 'END',
    frequency_penalty: 1,
    presence_penalty: -1,
    max_tokens: 64,
    top_k: 40,
    num_ctx: 8_192,
  });
  expect(body['options']).toEqual({
    temperature: 0.5,
    top_p: 0.9,
    seed: 7,
    stop: ['END'],
    frequency_penalty: 1,
    presence_penalty: -1,
    num_predict: 64,
    top_k: 40,
    num_ctx: 8_192,
  });
  expect(warnings).toEqual([]);
});

test('what Ollama does not know is left out with a warning', () => {
  const { body, warnings } = send({
    logit_bias: { 1: 2 },
    logprobs: true,
    user: 'u',
    parallel_tool_calls: false,
  });
  expect(Object.keys(body)).toEqual(['model', 'messages', 'stream', 'options']);
  expect(warnings).toEqual([
    'logit_bias is not supported',
    'logprobs is not supported',
    'user is not supported',
    'parallel_tool_calls is not supported',
  ]);
});

test.each([
  [{ type: 'json_object' as const }, 'json'],
  [
    { type: 'json_schema' as const, json_schema: { name: 'n', schema: { type: 'object' } } },
    { type: 'object' },
  ],
  [{ type: 'json_schema' as const, json_schema: { name: 'n' } }, 'json'],
  [{ type: 'text' as const }, undefined],
])('the response format %j is %j', (asked, format) => {
  expect(send({ response_format: asked }).body['format']).toEqual(format);
});

test('how much to think is told in levels to gpt-oss, and with yes or no to others', () => {
  expect(send({ reasoning_effort: 'xhigh' }, 'gpt-oss:20b').body['think']).toBe('high');
  expect(send({ reasoning_effort: 'low' }, 'qwen3').body['think']).toBe(true);
  expect(send({ reasoning_effort: 'none' }, 'qwen3').body['think']).toBe(false);
  expect(send({}).body).not.toHaveProperty('think');
});

test('a conversation with images, thoughts and tools is told in the words of Ollama', () => {
  const { body } = send({
    messages: [
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'Be' },
          { type: 'text', text: 'brief.' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Hm.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'A cat' },
      { role: 'assistant', content: 'A cat.' },
    ],
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' }, strict: true } }],
  });
  expect(body['messages']).toEqual([
    { role: 'system', content: 'Be\nbrief.' },
    { role: 'user', content: 'What is this?', images: ['aGk='] },
    {
      role: 'assistant',
      content: '',
      thinking: 'Hm.',
      tool_calls: [{ function: { name: 'look', arguments: { at: 'it' } } }],
    },
    { role: 'tool', content: 'A cat', tool_name: 'look' },
    { role: 'assistant', content: 'A cat.' },
  ]);
  expect(body['tools']).toEqual([
    { type: 'function', function: { name: 'look', parameters: { type: 'object' } } },
  ]);
});

test('names of speakers are left out with one warning, and text is what is answered anyway', () => {
  const { body, warnings } = send({
    messages: [
      { role: 'user', name: 'Ann', content: 'Hi' },
      { role: 'user', name: 'Bob', content: 'Hi' },
    ],
    modalities: ['text'],
  });
  expect(body['messages']).toEqual(Array(2).fill({ role: 'user', content: 'Hi' }));
  expect(warnings).toEqual(['messages[].name is not supported']);
});

test('a model that may call no tool is shown none', () => {
  const tools = [{ type: 'function' as const, function: { name: 'look' } }];
  expect(send({ tools, tool_choice: 'none' }).body).not.toHaveProperty('tools');
  expect(send({ tools, tool_choice: 'auto', parallel_tool_calls: true }).warnings).toEqual([]);
});

test('a model that must call a tool is shown that tool alone, and the caller is told that it may not', () => {
  const tools = ['look', 'listen'].map((name) => ({ type: 'function' as const, function: { name } }));
  const one = send({ tools, tool_choice: { type: 'function', function: { name: 'listen' } } });
  expect(one.body['tools']).toEqual([tools[1]]);
  const any = send({ tools, tool_choice: 'required' });
  expect(any.body['tools']).toEqual(tools);
  for (const { warnings } of [one, any]) expect(warnings.join()).toContain('tool_choice is not supported');
});

test('what cannot be said without changing the meaning is refused', () => {
  const user = (part: object) => ({ messages: [{ role: 'user', content: [part] }] }) as Partial<ChatRequest>;
  const image = { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } };
  expect(() => send(user(image))).toThrow(
    fault('unsupported_parameter', 'messages[0].content[0].image_url.url'),
  );
  const audio = { type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } };
  expect(() => send(user(audio))).toThrow(fault('unsupported_parameter', 'messages[0].content[0]'));
  expect(() => send({ n: 2 })).toThrow(fault('unsupported_parameter', 'n'));
  expect(() => send({ modalities: ['text', 'audio'] })).toThrow(fault('unsupported_parameter', 'modalities'));
  expect(() => send({ functions: [{ name: 'look' }] })).toThrow(fault('unsupported_parameter', 'functions'));
  const custom = { type: 'custom' as const, custom: { name: 'shell' } };
  expect(() => send({ tools: [custom] })).toThrow(fault('unsupported_parameter', 'tools[0].type'));
});

test.each([
  ['{"a":', { _invalid: '{"a":' }, 1],
  ['[1]', { _invalid: '[1]' }, 1],
  ['null', {}, 1],
  ['', {}, 0],
])('arguments of an earlier call that are %s go on as an object', (args, sent, warned) => {
  const call = { id: 'c', type: 'function' as const, function: { name: 'f', arguments: args } };
  const { body, warnings } = send({ messages: [{ role: 'assistant', tool_calls: [call] }] });
  expect(body['messages']).toMatchObject([{ tool_calls: [{ function: { name: 'f', arguments: sent } }] }]);
  expect(warnings.filter((one) => one.includes('_invalid'))).toHaveLength(warned);
});

test('what of a request has no word here is told: levels, formats, details of images, marks, signed thoughts', () => {
  const image = {
    type: 'image_url' as const,
    image_url: { url: 'data:image/png;base64,AA', detail: 'high' },
  };
  const { warnings } = send({
    reasoning_effort: 'low',
    response_format: { type: 'grammar' } as unknown as ChatRequest['response_format'],
    messages: [
      { role: 'user', content: [image], cache_control: { type: 'ephemeral' } },
      { role: 'assistant', content: 'Hi', reasoning_details: [{ type: 'reasoning.encrypted' }] },
    ],
  });
  for (const lost of ['reasoning_effort', 'response_format', 'image_url.detail', 'cache_control'])
    expect(warnings.some((one) => one.includes(lost))).toBe(true);
  expect(warnings).toContain('messages[].reasoning_details is not supported');
});
