import type OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { models, startGatewayFixture, type GatewayFixture } from './helpers/gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterAll(() => fixture.close());

const weather: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
    },
  },
};

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe.each(Object.entries(models))('the official openai SDK through the gateway to %s', (kind, model) => {
  const say = (text: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content: text }];

  test('gets a completion with its usage', async () => {
    const completion = await fixture.openai.chat.completions.create({
      model,
      messages: say('xin chào Weir'),
    });
    expect(completion.object).toBe('chat.completion');
    expect(completion.choices[0]?.message).toMatchObject({
      role: 'assistant',
      content: 'You said: xin chào Weir',
    });
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = completion.usage ?? {};
    expect(Math.min(prompt_tokens, completion_tokens)).toBeGreaterThan(0);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
  });

  test('gets the same as a stream, and the usage only if it asked for it', async () => {
    const read = async (include_usage: boolean) => {
      const stream = await fixture.openai.chat.completions.create({
        model,
        messages: say('one two three'),
        stream: true,
        stream_options: { include_usage },
      });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    };
    const chunks = await read(true);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'You said: one two three',
    );
    expect(chunks.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(1);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: expect.any(Number) as number },
    });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);

    const unasked = await read(false);
    expect(unasked.filter(({ usage }) => usage)).toEqual([]);
    expect(unasked.every(({ choices }) => choices.length > 0)).toBe(true);
  });

  test('calls a tool, and reads its result in the next turn', async () => {
    const messages = say('call the tool, please');
    const asked = await fixture.openai.chat.completions.create({
      model,
      messages,
      tools: [weather],
      tool_choice: 'required',
    });
    const [choice] = asked.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    if (call?.type !== 'function') throw new Error('no function was called');
    expect(call.function.name).toBe('get_weather');
    expect(JSON.parse(call.function.arguments)).toMatchObject({
      city: expect.any(String) as string,
      unit: 'celsius',
    });

    const answered = await fixture.openai.chat.completions.create({
      model,
      tools: [weather],
      messages: [
        ...messages,
        choice?.message as OpenAI.ChatCompletionMessageParam,
        { role: 'tool', tool_call_id: call.id, content: '31 degrees' },
      ],
    });
    expect(answered.choices[0]?.message.content).toContain('31 degrees');
  });

  test('gets tool calls in pieces that join to the same', async () => {
    const runner = fixture.openai.chat.completions.stream({
      model,
      messages: say('call the tool, please'),
      tools: [weather],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    });
    const { choices } = await runner.finalChatCompletion();
    const [call] = choices[0]?.message.tool_calls ?? [];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toMatchObject({
      unit: 'celsius',
    });
    expect(choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('gets an answer in the shape of a schema', async () => {
    const shape = z.object({ city: z.string(), population: z.number(), districts: z.array(z.string()) });
    const completion = await fixture.openai.chat.completions.parse({
      model,
      messages: say('describe Huế'),
      response_format: zodResponseFormat(shape, 'city'),
    });
    expect(shape.safeParse(completion.choices[0]?.message.parsed).success).toBe(true);
  });

  test('sends an image', async () => {
    const completion = await fixture.openai.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is this?' },
            { type: 'image_url', image_url: { url: pixel } },
          ],
        },
      ],
    });
    expect(completion.choices[0]?.message.content).toMatch(/1 image/);
  });

  test('asks for reasoning, a stop sequence and a cap, and gets them', async () => {
    const stopped = await fixture.openai.chat.completions.create({
      model,
      messages: say('one two STOP three'),
      stop: ['STOP'],
    });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop' });
    expect(stopped.choices[0]?.message.content).not.toContain('three');

    const capped = await fixture.openai.chat.completions.create({
      model,
      messages: say('one two three four five six'),
      max_completion_tokens: 3,
    });
    expect(capped.choices[0]?.finish_reason).toBe('length');

    const reasoned = await fixture.openai.chat.completions.create({
      model,
      messages: say('why?'),
      reasoning_effort: 'low',
    });
    const thoughts = reasoned.usage?.completion_tokens_details?.reasoning_tokens ?? 0;
    const shown = (reasoned.choices[0]?.message as { reasoning_content?: string }).reasoning_content ?? '';
    // OpenAI counts its thoughts and hides them; the others show them.
    expect(kind === 'openai' ? thoughts > 0 : shown.length > 0).toBe(true);
  });

  test('has a cap on the output that nobody asked for only where the protocol needs one', async () => {
    fixture.provider.reset();
    await fixture.openai.chat.completions.create({ model, messages: say('hi') });
    const [{ body } = { body: {} }] = fixture.provider.requests.filter(({ method }) => method === 'POST');
    const { max_tokens, max_completion_tokens, options } = body as Record<string, unknown>;
    const cap =
      max_tokens ?? max_completion_tokens ?? (options as { num_predict?: number } | undefined)?.num_predict;
    expect(cap !== undefined).toBe(kind === 'anthropic');
  });
});

test('a list of models names those of every provider, and each can be asked for by itself', async () => {
  const { data } = await fixture.openai.models.list();
  const ids = data.map(({ id }) => id);
  expect(ids).toContain(models.openai);
  expect(ids).toContain(models.anthropic);
  await expect(fixture.openai.models.retrieve(models.openai)).resolves.toMatchObject({
    id: models.openai,
    object: 'model',
  });
  await expect(fixture.openai.models.retrieve('no/such-model')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  });
});
