import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { anthropicClient, anthropicClient2023, collect } from './clients.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

const tools: Anthropic.Tool[] = [
  {
    name: 'get_weather',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  { name: 'get_time', input_schema: { type: 'object', properties: {} } },
];

type Params = Anthropic.MessageCreateParamsNonStreaming;

function messageParams(text: string, extra: Partial<Params> = {}): Params {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 2000,
    messages: [{ role: 'user', content: text }],
    ...extra,
  };
}

function say(text: string, extra: Partial<Params> = {}) {
  return anthropicClient(provider).messages.create(messageParams(text, extra));
}

describe.each([
  ['2026-10-21', anthropicClient],
  ['2023-06-01', anthropicClient2023],
])('in version %s', (version, createClient) => {
  test('a message echoes and counts', async () => {
    const message = await createClient(provider).messages.create(
      messageParams('hello there', { system: 'be kind' }),
    );
    expect(message).toMatchObject({
      content: [{ type: 'text', text: 'You said: hello there' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 4, output_tokens: 4 },
    });
    expect(provider.requests[0]?.headers['anthropic-version']).toBe(version);
  });

  test('a stream adds up to the whole message', async () => {
    const message = await createClient(provider).messages.stream(messageParams('hello there')).finalMessage();
    expect(message).toMatchObject({
      content: [{ type: 'text', text: 'You said: hello there' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 2, output_tokens: 4 },
    });
  });

  test('an invalid key is an authentication error', async () => {
    const refused = createClient(provider, 'sk-invalid').messages.create(messageParams('hi'));
    await expect(refused).rejects.toThrow(Anthropic.AuthenticationError);
    await expect(refused).rejects.toMatchObject({
      type: 'authentication_error',
      requestID: expect.stringMatching(/^req_fake_\d+$/) as string,
    });
  });
});

describe('a message', () => {
  test('says which stop sequence or cap ended it', async () => {
    const stopped = await say('one two three', { stop_sequences: [' two'] });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' two' });
    const capped = await say('one two three', { max_tokens: 3 });
    expect(capped).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } });
  });

  test('shows its thinking, signed', async () => {
    const message = await say('hi', { thinking: { type: 'enabled', budget_tokens: 1024 } });
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Thinking about: hi', signature: expect.any(String) as string },
      { type: 'text', text: 'You said: hi' },
    ]);
    expect(message.usage.output_tokens_details).toEqual({ thinking_tokens: 3 });
  });

  test('says which images came', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' };
    const content = [
      { type: 'image' as const, source },
      { type: 'text' as const, text: 'look' },
    ];
    const message = await say('', { messages: [{ role: 'user', content }] });
    expect(message.content).toMatchObject([{ text: 'You said: look [1 image: image/png]' }]);
  });

  test('fills a schema', async () => {
    const Plan = z.object({ day: z.enum(['mon', 'tue']) });
    const message = await anthropicClient(provider).messages.parse(
      messageParams('plan it', { output_config: { format: zodOutputFormat(Plan) } }),
    );
    expect(message.parsed_output).toEqual({ day: 'mon' });
  });

  test('keeps cached tokens apart from input tokens', async () => {
    provider.script({ usage: { inputTokens: 5, cacheReadTokens: 90, cacheWrite1hTokens: 7 } });
    const { usage } = await say('hi');
    expect(usage).toMatchObject({
      input_tokens: 5,
      cache_read_input_tokens: 90,
      cache_creation_input_tokens: 7,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 7 },
    });
  });

  test('is refused with a stop reason of its own', async () => {
    provider.script({ fault: { kind: 'content_policy', form: 'refusal' } });
    expect(await say('hi')).toMatchObject({ stop_reason: 'refusal', content: [] });
  });
});

describe('tools', () => {
  test('are announced, called, and their results repeated', async () => {
    const message = await say('call both tools', { tools });
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'text' },
      { type: 'tool_use', name: 'get_weather', input: { city: 'sample' } },
      { type: 'tool_use', name: 'get_time', input: {} },
    ]);
    const results = message.content.flatMap((block) =>
      block.type === 'tool_use'
        ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: block.name }]
        : [],
    );
    const answer = await say('', {
      tools,
      messages: [
        { role: 'user', content: 'call both tools' },
        { role: 'assistant', content: message.content },
        { role: 'user', content: results },
      ],
    });
    expect(answer.content).toMatchObject([{ text: 'The tool answered: get_weather, get_time' }]);
  });

  test('are streamed in blocks whose index is not the index of the call', async () => {
    const params = { ...messageParams('call the tool', { tools }), stream: true as const };
    const events = await collect(await anthropicClient(provider).messages.create(params));
    const start = events.find(
      (event) => event.type === 'content_block_start' && event.content_block.type === 'tool_use',
    );
    expect(start).toMatchObject({ index: 1, content_block: { name: 'get_weather', input: {} } });
    const streamed = await anthropicClient(provider).messages.stream(params).finalMessage();
    expect(streamed.content.at(-1)).toMatchObject({ type: 'tool_use', input: { city: 'sample' } });
  });
});

test('a stream counts up: what is known at its start, and all of it at its end', async () => {
  const params = { ...messageParams('hello there'), stream: true as const };
  const events = await collect(await anthropicClient(provider).messages.create(params));
  expect(events.map((event) => event.type)).toEqual([
    'message_start',
    'content_block_start',
    ...Array.from({ length: 4 }, () => 'content_block_delta'),
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events[0]).toMatchObject({ message: { usage: { input_tokens: 2, output_tokens: 1 } } });
  expect(events.at(-2)).toMatchObject({ usage: { input_tokens: 2, output_tokens: 4 } });
});

test('tokens are counted without an answer', async () => {
  const { model, messages } = messageParams('one two three');
  const count = await anthropicClient(provider).messages.countTokens({ model, messages, system: 'be kind' });
  expect(count).toEqual({ input_tokens: 5 });
});

test('the models are listed', async () => {
  const models = await anthropicClient(provider).models.list();
  expect(models.data.map((model) => model.id)).toContain('claude-opus-5-5');
});

describe('a request is refused', () => {
  const user = { role: 'user', content: 'hi' };
  const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'get_time', input: {} };
  const toolResult = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' };
  const text = { type: 'text', text: 'x' };
  const conversation = (...messages: object[]) => ({ messages });

  test.each<[string, object, string]>([
    ['temperature, which the version no longer has', { temperature: 1 }, 'temperature: Extra inputs'],
    ['top_k, which the version no longer has', { top_k: 5 }, 'top_k: Extra inputs'],
    ['a parameter of OpenAI', { stop: ['x'] }, 'stop: Extra inputs are not permitted'],
    ['no output cap', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['no messages', conversation(), 'messages: at least one message is required'],
    [
      'an empty text block',
      conversation({ role: 'user', content: [{ type: 'text', text: '' }] }),
      'non-empty',
    ],
    ['an assistant first', conversation({ role: 'assistant', content: 'hi' }), 'first message must use'],
    [
      'a tool use without its result',
      conversation(user, { role: 'assistant', content: [toolUse] }, user),
      '`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1',
    ],
    [
      'a tool result without its use',
      conversation({ role: 'user', content: [toolResult] }),
      'unexpected `tool_use_id` found in `tool_result` blocks: toolu_1',
    ],
    [
      'a tool result after other content',
      conversation(
        user,
        { role: 'assistant', content: [toolUse] },
        { role: 'user', content: [text, toolResult] },
      ),
      'must come before all other content',
    ],
    [
      'a tool input that is a string',
      conversation(user, { role: 'assistant', content: [{ ...toolUse, input: '{}' }] }),
      'messages.1.content.0.input',
    ],
    [
      'a document in an assistant turn',
      conversation(user, {
        role: 'assistant',
        content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }],
      }),
      '`document` blocks are not permitted in assistant turns',
    ],
    [
      'citations in user text',
      conversation({ role: 'user', content: [{ ...text, citations: [{ type: 'char_location' }] }] }),
      'messages.0.content.0.citations',
    ],
    ['a number as system prompt', { system: 4 }, 'system'],
    [
      'forced tools with thinking',
      { tools, tool_choice: { type: 'any' }, thinking: { type: 'adaptive' } },
      'Thinking',
    ],
    [
      'an output schema with an open object',
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      "'additionalProperties' must be explicitly set to false",
    ],
  ])('for %s', async (_what, extra, message) => {
    const refused = await say('hi', extra).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Anthropic.BadRequestError);
    expect(refused).toMatchObject({ type: 'invalid_request_error' });
    expect((refused as Error).message).toContain(message);
  });

  test('for a model that does not exist', async () => {
    const refused = say('hi', { model: 'missing-model' });
    await expect(refused).rejects.toThrow(Anthropic.NotFoundError);
    await expect(refused).rejects.toMatchObject({
      type: 'not_found_error',
      apiMessage: 'model: missing-model',
    });
  });

  test('for a key where the version does not look for it', async () => {
    const headers = { 'anthropic-version': '2026-10-21', 'x-api-key': 'sk-test' };
    const body = JSON.stringify(messageParams('hi'));
    const response = await fetch(`${provider.url}/v1/messages`, { method: 'POST', headers, body });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { message: 'Authorization header is required' } });
  });

  test('for no version at all', async () => {
    const response = await fetch(`${provider.url}/v1/messages`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: 'anthropic-version: header is required' },
    });
  });
});

test('the first version still knows the sampling parameters, but not with thinking', async () => {
  const client = anthropicClient2023(provider);
  const sampled = { ...messageParams('hi'), temperature: 0.5, top_p: 0.9, top_k: 3 };
  expect(await client.messages.create(sampled)).toMatchObject({ stop_reason: 'end_turn' });
  const thinking = { thinking: { type: 'enabled' as const, budget_tokens: 1024 } };
  await expect(client.messages.create({ ...sampled, ...thinking })).rejects.toThrow('`temperature`');
});
