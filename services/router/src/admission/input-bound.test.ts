import type { ChatRequest } from '@weir/contracts/chat/request';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProviderModel } from '../domain/provider.ts';
import { inputBoundTokens } from './input-bound.ts';

const model: ProviderModel = { id: 'gpt-5' };
const chatOf = (messages: unknown, fields: object = {}) =>
  ({ model: 'm', messages, ...fields }) as ChatRequest;
const boundAt = (chat: ChatRequest, model: ProviderModel) =>
  inputBoundTokens({ chat, model, bodyBytes: Buffer.byteLength(JSON.stringify(chat)) });
const boundOf = (messages: unknown, fields: object = {}) => boundAt(chatOf(messages, fields), model);
const bare = boundOf([{ role: 'user', content: '' }]);
const text = 'một câu hỏi khá dài '.repeat(50);
const bytes = Buffer.byteLength(text);

describe('the bound of an input', () => {
  test('has a token for each byte of each text, wherever it stands', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: text } };
    const places: [unknown, object?][] = [
      [[{ role: 'user', content: text }]],
      [[{ role: 'system', content: [{ type: 'text', text }] }]],
      [[{ role: 'assistant', content: null, tool_calls: [call] }]],
      [[{ role: 'tool', tool_call_id: 'c', content: text }]],
      [[{ role: 'assistant', content: null, reasoning_content: text }]],
      [[{ role: 'assistant', thinking_blocks: [{ type: 'thinking', thinking: text, signature: 'x' }] }]],
      [[], { tools: [{ type: 'function', function: { name: 'f', description: text } }] }],
      [[], { tools: [{ type: 'function', function: { name: 'f', parameters: { [text]: {} } } }] }],
      [[], { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { title: text } } } }],
      [[], { functions: [{ name: text }] }],
    ];
    for (const [messages, fields] of places) expect(boundOf(messages, fields)).toBeGreaterThanOrEqual(bytes);
  });

  test('counts what providers put around messages and tools', () => {
    const turn = { role: 'user', content: '' };
    expect(boundOf([turn, turn])).toBeGreaterThan(bare + 16);
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect(boundOf([turn], { tools })).toBeGreaterThan(bare + 600);
  });

  test('has an allowance for an image, however long its data is, and a larger one where images are dear', () => {
    const withUrl = (url: string) => [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }];
    const small = boundOf(withUrl('data:image/png;base64,'));
    expect(boundOf(withUrl(`data:image/png;base64,${'A'.repeat(4_000_000)}`))).toBe(small);
    expect(small).toBeGreaterThan(bare + 4_784);
    const dear = boundAt(chatOf(withUrl('https://example.com/a.png')), { id: 'gpt-4o-mini' });
    expect(dear).toBeGreaterThan(48_169);
  });

  test('grows with the length of a sound', () => {
    const sound = (length: number) => [
      {
        role: 'user',
        content: [{ type: 'input_audio', input_audio: { data: 'A'.repeat(length), format: 'mp3' } }],
      },
    ];
    // A minute at 8 kbit/s: 60 kB, and 600 to 1,920 tokens.
    expect(boundOf(sound(80_000))).toBeGreaterThan(bare + 1_920);
    expect(boundOf(sound(80_000))).toBeLessThan(bare + 8_000);
  });

  test('is the context window for what nobody knows, and for what may be longer than it looks', () => {
    const window = { id: 'gpt-5', contextTokens: 128_000 };
    const parts = [
      { type: 'video_url', video_url: { url: 'https://example.com/v.mp4' } },
      { type: 'input_video', input_video: { data: 'AAAA' } },
      { type: 'image_url', image_url: { url: 'gs://b/v.mp4' } },
      { type: 'image_url', image_url: 'data:application/pdf;base64,AAAA' },
      { type: 'input_audio', input_audio: { data: 'https://example.com/a.wav' } },
    ];
    for (const part of parts) {
      for (const role of ['user', 'tool'])
        expect(boundAt(chatOf([{ role, content: [part] }]), window)).toBe(128_000);
    }
  });

  test('has a token for each byte of earlier thoughts, and of an image that a tool gave back', () => {
    const thought = [
      { role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] },
    ];
    expect(boundOf(thought)).toBeGreaterThanOrEqual(bytes);
    expect(boundOf(thought)).toBeLessThan(2 * bytes + 1_000);
    const url = `data:image/png;base64,${'A'.repeat(100_000)}`;
    const image = [{ role: 'tool', tool_call_id: 'c', content: [{ type: 'image_url', image_url: { url } }] }];
    expect(boundOf(image)).toBeGreaterThanOrEqual(100_000 + 4_784);
  });

  test('is never more than the context window, which is what a file may fill', () => {
    const file = [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }];
    expect(boundAt(chatOf(file), { id: 'gpt-5', contextTokens: 128_000 })).toBe(128_000);
    expect(boundOf(file)).toBeGreaterThanOrEqual(2_000_000);
    const long = [{ role: 'user', content: 'x'.repeat(50_000) }];
    expect(boundAt(chatOf(long), { id: 'gpt-4', contextTokens: 8_192 })).toBe(8_192);
  });

  test('has room for a sound of an earlier answer, which is named by its id alone', () => {
    // Four minutes at OpenAI's 20 tokens a second.
    expect(boundOf([{ role: 'assistant', audio: { id: 'audio_6843' } }])).toBeGreaterThan(bare + 4_800);
  });

  test.each<[string, unknown, object?]>([
    [
      'a part of a schema that says it is an attachment',
      [],
      {
        tools: [
          {
            type: 'function',
            function: {
              name: 'f',
              parameters: { a: { type: 'input_audio', input_audio: {}, description: text } },
            },
          },
        ],
      },
    ],
    [
      'what stands beside an attachment',
      [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' }, text }] }],
    ],
    [
      'what stands within one',
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com', text } }] }],
    ],
    [
      'an address that is no base64',
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `https://example.com/${text}` } }] }],
    ],
    [
      'what others than users attach',
      [{ role: 'tool', content: [{ type: 'input_audio', input_audio: { data: text } }] }],
    ],
  ])('counts %s as text', (_name, messages, fields) => {
    const small = JSON.parse(JSON.stringify({ messages, fields }).replaceAll(text, '')) as {
      messages: unknown;
      fields?: object;
    };
    expect(boundOf(messages, fields)).toBe(boundOf(small.messages, small.fields) + bytes);
  });

  test('is never less than the bytes of any value, wherever it stands', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(boundOf([{ role: 'user', content: '', value }])).toBeGreaterThanOrEqual(
          bare + Buffer.byteLength(JSON.stringify(value)),
        );
      }),
    );
  });
});
