import { describe, expect, test } from 'vitest';
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
    ['too many stops', { model: 'm', messages, stop: Array<string>(17).fill('x') }, 'stop'],
    [
      'a tool without a name',
      { model: 'm', messages, tools: [{ type: 'function', function: {} }] },
      'tools.0.function.name',
    ],
  ])('with %s is refused, and the path says where', (_name, request, path) => {
    const issues = chatRequestSchema.safeParse(request).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toContain(path);
  });

  test('of the first version of this contract is still read', () => {
    const old = JSON.parse('{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}') as unknown;
    expect(chatRequestSchema.safeParse(old).success).toBe(true);
  });
});

function image(url: string) {
  return { model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] };
}
