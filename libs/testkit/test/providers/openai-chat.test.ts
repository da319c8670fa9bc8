import { AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { collect, openaiClient } from './clients.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

const PNG = 'data:image/png;base64,iVBORw0KGgo=';

const weatherTool = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
      required: ['city', 'days'],
    },
  },
};
const timeTool = { type: 'function' as const, function: { name: 'get_time' } };

type Extra = Partial<ChatCompletionCreateParamsNonStreaming>;

function complete(text: string, extra: Extra = {}) {
  const messages = [{ role: 'user' as const, content: text }];
  return openaiClient(provider).chat.completions.create({ model: 'gpt-5-mini', messages, ...extra });
}

async function stream(text: string, extra: Extra = {}) {
  const messages = [{ role: 'user' as const, content: text }];
  const params = { model: 'gpt-5-mini', messages, ...extra, stream: true as const };
  return collect(await openaiClient(provider).chat.completions.create(params));
}

describe('a completion', () => {
  test('echoes the last user message and counts its words', async () => {
    const completion = await complete('hello there');
    expect(completion.choices).toMatchObject([
      { message: { role: 'assistant', content: 'You said: hello there' }, finish_reason: 'stop' },
    ]);
    expect(completion.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 });
  });

  test('has as many choices as were asked for', async () => {
    const { choices } = await complete('hi', { n: 2 });
    expect(choices.map((choice) => choice.message.content)).toEqual([
      'You said: hi',
      'You said: hi (choice 2)',
    ]);
  });

  test('stops at a stop sequence and at the output cap, and says which', async () => {
    const [stopped] = (await complete('one two three', { stop: ' two' })).choices;
    expect(stopped).toMatchObject({ message: { content: 'You said: one' }, finish_reason: 'stop' });
    const [capped] = (await complete('one two three', { max_completion_tokens: 3 })).choices;
    expect(capped).toMatchObject({ message: { content: 'You said: one' }, finish_reason: 'length' });
  });

  test('says which images came', async () => {
    const content = [
      { type: 'text' as const, text: 'look' },
      { type: 'image_url' as const, image_url: { url: PNG } },
    ];
    const completion = await complete('', { messages: [{ role: 'user', content }] });
    expect(completion.choices[0]?.message.content).toBe('You said: look [1 image: image/png]');
  });

  test('reasons when it is told to, and counts it as output', async () => {
    const { usage, choices } = await complete('hi', { reasoning_effort: 'low' });
    expect(usage).toMatchObject({ completion_tokens: 6, completion_tokens_details: { reasoning_tokens: 3 } });
    expect(choices[0]?.message).not.toHaveProperty('reasoning_content');
  });

  test('has log probabilities when they are asked for', async () => {
    const { choices } = await complete('hi', { logprobs: true, top_logprobs: 2 });
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens.map(({ token }) => token).join('')).toBe('You said: hi');
    expect(tokens.every((token) => token.top_logprobs.length === 2)).toBe(true);
  });

  test('has the scripted text and usage', async () => {
    provider.script({
      answer: 'forty-two',
      usage: { inputTokens: 10, cacheReadTokens: 90, outputTokens: 5 },
    });
    const { choices, usage } = await complete('hi');
    expect(choices[0]?.message.content).toBe('forty-two');
    expect(usage).toMatchObject({ prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 90 } });
  });
});

describe('structured output', () => {
  test('satisfies its schema', async () => {
    const Event = z.object({ name: z.string(), day: z.enum(['mon', 'tue']), guests: z.array(z.string()) });
    const completion = await openaiClient(provider).chat.completions.parse({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'plan it' }],
      response_format: zodResponseFormat(Event, 'event'),
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ name: 'sample', day: 'mon', guests: ['sample'] });
  });

  test('is some object when no schema is given', async () => {
    const { choices } = await complete('hi', { response_format: { type: 'json_object' } });
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ answer: 'hi' });
  });
});

describe('tools', () => {
  test('are called with arguments that satisfy their schema', async () => {
    const { choices } = await complete('call the tool', { tools: [weatherTool] });
    expect(choices[0]).toMatchObject({ message: { content: null }, finish_reason: 'tool_calls' });
    const [call] = choices[0]?.message.tool_calls ?? [];
    if (call?.type !== 'function') throw new Error('no function was called');
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'sample', days: 2 });
  });

  test('answer, and the model repeats what they said', async () => {
    const runner = openaiClient(provider).chat.completions.runTools({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'call the tool' }],
      tools: [
        {
          type: 'function',
          function: { ...weatherTool.function, description: 'Tells the weather.', function: () => '12 C' },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('The tool answered: 12 C');
    expect(provider.requests).toHaveLength(2);
  });
});

describe('a stream', () => {
  test('begins with the role, says the text token by token and ends with the finish reason', async () => {
    const chunks = await stream('hello there');
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual([
      '',
      'You ',
      'said: ',
      'hello ',
      'there',
      undefined,
    ]);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  test('reports usage in a last chunk without choices, only when it is asked to', async () => {
    const chunks = await stream('hi', { stream_options: { include_usage: true } });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 3 } });
  });

  test('interleaves the choices', async () => {
    const chunks = await stream('hi', { n: 2 });
    expect(chunks.slice(0, 4).map((chunk) => chunk.choices[0]?.index)).toEqual([0, 1, 0, 1]);
  });

  test('brings parallel tool calls in fragments, each with its index', async () => {
    const client = openaiClient(provider);
    const helper = client.chat.completions.stream({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'call both tools' }],
      tools: [weatherTool, timeTool],
    });
    const [choice] = (await helper.finalChatCompletion()).choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.tool_calls).toMatchObject([
      { function: { name: 'get_weather', arguments: '{"city":"sample","days":2}' } },
      { function: { name: 'get_time', arguments: '{}' } },
    ]);
  });
});

test('a compatible host shows its reasoning before its text', async () => {
  const host = await startFakeProvider({ emitReasoningContent: true, lead: 'Hello.' });
  const client = openaiClient(host);
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const { choices } = await client.chat.completions.create({ model: 'deepseek-reasoner', messages });
  expect(choices[0]?.message).toMatchObject({
    reasoning_content: 'Thinking about: hi',
    content: 'Hello. You said: hi',
  });
  const chunks = await collect(
    await client.chat.completions.create({ model: 'deepseek-reasoner', messages, stream: true }),
  );
  expect(chunks[1]?.choices[0]?.delta).toEqual({ reasoning_content: 'Thinking ' });
  await host.close();
});

describe('a request is refused', () => {
  const toolCall = { id: 'call_1', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
  const user = { role: 'user' as const, content: 'hi' };
  const assistant = { role: 'assistant' as const, tool_calls: [toolCall] };
  const result = { role: 'tool' as const, content: 'x', tool_call_id: 'call_2' };
  const openSchema = { name: 's', strict: true, schema: { type: 'object', properties: {} } };

  test.each<[string, object, object]>([
    ['an unknown parameter', { top_k: 4 }, { param: 'top_k', code: 'unknown_parameter' }],
    ['no messages', { messages: [] }, { param: 'messages', code: 'invalid_value' }],
    ['a missing role', { messages: [{ content: 'x' }] }, { param: 'messages[0].role' }],
    ['both output caps', { max_tokens: 1, max_completion_tokens: 1 }, { type: 'invalid_request_error' }],
    ['stream options without a stream', { stream_options: {} }, { param: 'stream_options' }],
    ['a tool choice without tools', { tool_choice: 'auto' }, { param: 'tool_choice' }],
    [
      'a tool message without its call',
      { messages: [user, assistant, result] },
      { param: 'messages.[2].role' },
    ],
    [
      'a call without its tool message',
      { messages: [user, assistant, user] },
      { param: 'messages.[2].role' },
    ],
    [
      'a strict schema with an open object',
      { response_format: { type: 'json_schema', json_schema: openSchema } },
      { param: 'response_format' },
    ],
  ])('for %s', async (_what, extra, error) => {
    const refused = await complete('hi', extra).catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(BadRequestError);
    expect(refused).toMatchObject({ error });
  });

  test('for an invalid key', async () => {
    const messages = [user];
    const refused = openaiClient(provider, 'sk-invalid').chat.completions.create({ model: 'm', messages });
    await expect(refused).rejects.toThrow(AuthenticationError);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  test('for a model that does not exist', async () => {
    const refused = complete('hi', { model: 'missing-model' });
    await expect(refused).rejects.toThrow(NotFoundError);
    await expect(refused).rejects.toMatchObject({ code: 'model_not_found' });
  });

  test('for a route that does not exist', async () => {
    const refused = openaiClient(provider).images.generate({ prompt: 'a cat' });
    await expect(refused).rejects.toThrow('404 Invalid URL (POST /v1/images/generations)');
  });
});
