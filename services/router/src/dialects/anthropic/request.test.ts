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
    'logit_bias is not supported',
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

test('reasoning can be asked for and turned off', () => {
  expect(translate({ reasoning_effort: 'none' }).body).toMatchObject({ thinking: { type: 'disabled' } });
  expect(translate({ reasoning_effort: 'none' }).body).not.toHaveProperty('output_config');
  expect(translate({ reasoning_effort: 'minimal' }).body).toMatchObject({
    thinking: { type: 'adaptive' },
    output_config: { effort: 'low' },
  });
});

test('a forced tool call goes before thinking, which Anthropic refuses beside it', () => {
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const { body } = translate({ tools, tool_choice: 'required', reasoning_effort: 'high' });
  expect(body).not.toHaveProperty('thinking');
  expect(body).toMatchObject({ tool_choice: { type: 'any' }, output_config: { effort: 'high' } });
});

test("Anthropic's own parameters pass as they are, and win over what was derived", () => {
  const thinking = { type: 'enabled', budget_tokens: 2000 };
  const cached = { type: 'ephemeral' };
  const { body, warnings } = translate({ thinking, reasoning_effort: 'low', cache_control: cached });
  expect(body).toMatchObject({ thinking, cache_control: cached, output_config: { effort: 'low' } });
  expect(warnings).toEqual([]);
});
