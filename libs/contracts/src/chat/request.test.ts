import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { chatRequestSchema } from './request.ts';

const messages = [{ role: 'user', content: 'hi' }];

describe('a chat request', () => {
  test('that uses every part of the form is accepted and comes out unchanged', () => {
    const request = {
      model: 'gpt-5-mini',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'developer', content: 'Answer in Vietnamese.' },
        {
          role: 'user',
          name: 'lan',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'file', file: { file_id: 'file-1' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' }, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'look' } },
      parallel_tool_calls: false,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
      },
      reasoning_effort: 'low',
      logprobs: true,
      top_logprobs: 3,
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 100,
      stop: ['a', 'b'],
      modalities: ['text', 'audio'],
      audio: { voice: 'alloy', format: 'mp3' },
      metadata: { team: 'a' },
    };
    expect(chatRequestSchema.parse(request)).toEqual(request);
  });

  test('keeps fields that nobody here knows, at every level', () => {
    const request = {
      model: 'm',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }], x: 1 },
      ],
      web_search_options: { search_context_size: 'low' },
      tools: [{ type: 'function', function: { name: 'f', novelty: true } }],
    };
    expect(chatRequestSchema.parse(request)).toEqual(request);
  });

  test('may say null where it means nothing, as many clients do', () => {
    const request = {
      model: 'm',
      messages,
      temperature: null,
      tools: null,
      stop: null,
      stream: null,
      max_tokens: null,
    };
    expect(chatRequestSchema.safeParse(request).success).toBe(true);
  });

  test.each<[string, unknown, string]>([
    ['no model', { messages }, 'model'],
    ['no messages', { model: 'm', messages: [] }, 'messages'],
    ['an unknown role', { model: 'm', messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
    [
      'a tool result for nothing',
      { model: 'm', messages: [{ role: 'tool', content: 'x' }] },
      'messages.0.tool_call_id',
    ],
    ['an image that is no image', image('file:///etc/passwd'), 'messages.0.content.0.image_url.url'],
    ['a cap of nothing', { model: 'm', messages, max_tokens: 0 }, 'max_tokens'],
    ['a seed beyond 64 bits', { model: 'm', messages, seed: 2 ** 63 }, 'seed'],
    [
      'a tool without a name',
      { model: 'm', messages, tools: [{ type: 'function', function: {} }] },
      'tools.0.function.name',
    ],
  ])('with %s is refused, and the path says where', (_name, request, path) => {
    expect(pathsOf(chatRequestSchema.safeParse(request).error?.issues)).toContain(path);
  });

  test.each<[string, object]>([
    [
      'a part of a user',
      said('user', [{ type: 'video_url', video_url: { url: 'https://example.com/v.mp4' } }]),
    ],
    ['a part of a system', said('system', [{ type: 'input_text', text: 'x' }])],
    [
      'a part of an assistant',
      said('assistant', [{ type: 'thinking', thinking: [{ type: 'text', text: 'x' }] }]),
    ],
    ['a part of a tool', { ...said('tool', [{ type: 'document', source: {} }]), tool_call_id: 'c1' }],
    [
      'an image by another address',
      said('user', [{ type: 'image_url', image_url: { url: 'gs://b/a.png' } }]),
    ],
    ['an image as a string', said('user', [{ type: 'image_url', image_url: 'https://example.com/a.png' }])],
    ['a sound without a format', said('user', [{ type: 'input_audio', input_audio: { data: 'AAAA' } }])],
    ['a call', { ...said('assistant', null), tool_calls: [{ id: 'c', type: 'mcp', mcp: { name: 'x' } }] }],
  ])('with %s that only its host knows is accepted and comes out unchanged', (_name, message) => {
    const request = { model: 'm', messages: [message] };
    expect(chatRequestSchema.parse(request)).toEqual(request);
  });

  test.each<object>([
    { tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] },
    {
      tools: Array.from({ length: 600 }, (_, i) => ({
        type: 'function',
        function: { name: `${'f'.repeat(200)}${i}` },
      })),
    },
    { tool_choice: 'any' },
    { tool_choice: { type: 'tool', name: 'f' } },
    { response_format: { type: 'grammar', grammar: 'root ::= "a"' } },
    { reasoning_effort: 'default' },
    { reasoning_effort: 4_096 },
    { reasoning_effort: false },
    { service_tier: 'on_demand' },
    { temperature: 3 },
    { max_tokens: -1 },
    { top_p: 1.5, frequency_penalty: -3 },
    { n: 200 },
    { stop: Array<string>(40).fill('x') },
    { logprobs: 5, top_logprobs: -1 },
    { logit_bias: [[15_043, false]] },
    { metadata: { a: 1, b: { c: [] } } },
    { audio: { voice: 'v' } },
  ])('may say what only its host can judge: %j', (fields) => {
    const request = { model: 'm', messages, ...fields };
    expect(chatRequestSchema.parse(request)).toEqual(request);
  });

  test('has a seed of 64 bits, of which each digit is kept', () => {
    const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
    const withSeed = (seed: unknown) => chatRequestSchema.safeParse({ model: 'm', messages, seed });
    for (const digits of ['9007199254740993', '9223372036854775807', '-9223372036854775808']) {
      expect(JSON.stringify(withSeed(rawJSON(digits)).data)).toContain(`"seed":${digits}`);
    }
    for (const digits of ['9223372036854775808', '-9223372036854775809', '1e30', '"1"']) {
      expect(withSeed(rawJSON(digits)).success).toBe(false);
    }
    expect(withSeed({ rawJSON: '1' }).success).toBe(false);
  });

  test('of the first version of this contract is still read', () => {
    const old = JSON.parse('{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}') as unknown;
    expect(chatRequestSchema.safeParse(old).success).toBe(true);
  });
});

const said = (role: string, content: unknown) => ({ role, content });

const image = (url: string) => ({
  model: 'm',
  messages: [said('user', [{ type: 'image_url', image_url: { url } }])],
});

/** Of what is wrong, those within the forms that a value may have included. */
function pathsOf(issues: readonly z.core.$ZodIssue[] = [], above: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    const nested = issue.code === 'invalid_union' ? issue.errors.flatMap((form) => pathsOf(form, path)) : [];
    return [path.join('.'), ...nested];
  });
}

test('a call of the history is taken as its host gave it: without a type, an id, a name or arguments', () => {
  const calls = [
    { function: { name: 'f' } },
    { id: null, type: null, function: { name: null, arguments: null } },
    { id: 'a', type: '', function: { name: 'f', arguments: '{}' } },
    { type: 'of_tomorrow', x: 1 },
  ];
  const messages = [
    { role: 'assistant', content: null, tool_calls: calls },
    { role: 'tool', tool_call_id: null, content: null },
  ];
  expect(chatRequestSchema.parse({ model: 'm', messages }).messages).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: '', type: 'function', function: { name: 'f', arguments: '' } },
        { id: '', type: 'function', function: { name: '', arguments: '' } },
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
        { type: 'of_tomorrow', x: 1 },
      ],
    },
    { role: 'tool', tool_call_id: '', content: '' },
  ]);
});
