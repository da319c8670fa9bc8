import { BadRequestError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { collect, openaiClient } from './clients.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());

const weatherTool = {
  type: 'function' as const,
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

describe('a response', () => {
  test('echoes and counts', async () => {
    const response = await openaiClient(provider).responses.create({
      model: 'gpt-5-mini',
      instructions: 'be kind',
      input: 'hello there',
    });
    expect(response).toMatchObject({
      status: 'completed',
      output_text: 'You said: hello there',
      usage: { input_tokens: 4, output_tokens: 4, total_tokens: 8 },
    });
  });

  test('is incomplete at the output cap', async () => {
    const input = Array.from({ length: 20 }, () => 'word').join(' ');
    const params = { model: 'gpt-5-mini', input, max_output_tokens: 16 };
    const response = await openaiClient(provider).responses.create(params);
    expect(response.status).toBe('incomplete');
    expect(response.incomplete_details).toEqual({ reason: 'max_output_tokens' });
    expect(response.usage?.output_tokens).toBe(16);
  });

  test('calls a tool and repeats what it answered', async () => {
    const client = openaiClient(provider);
    const params = { model: 'gpt-5-mini', tools: [weatherTool] };
    const question = { role: 'user' as const, content: 'call the tool' };
    const { output } = await client.responses.create({ ...params, input: [question] });
    const [call] = output;
    if (call?.type !== 'function_call') throw new Error('no function was called');
    expect(JSON.parse(call.arguments)).toEqual({ city: 'sample' });
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: '12 C' };
    const answer = await client.responses.create({ ...params, input: [question, call, result] });
    expect(answer.output_text).toBe('The tool answered: 12 C');
  });

  test('refuses the output of a tool that was not called', async () => {
    const result = { type: 'function_call_output' as const, call_id: 'call_1', output: '12 C' };
    const refused = openaiClient(provider).responses.create({ model: 'gpt-5-mini', input: [result] });
    await expect(refused).rejects.toThrow(BadRequestError);
  });

  test('fills a schema', async () => {
    const response = await openaiClient(provider).responses.parse({
      model: 'gpt-5-mini',
      input: 'plan it',
      text: { format: zodTextFormat(z.object({ day: z.enum(['mon', 'tue']) }), 'plan') },
    });
    expect(response.output_parsed).toEqual({ day: 'mon' });
  });

  test('streams typed, numbered events that add up to the whole', async () => {
    const reasoning = { effort: 'low' as const, summary: 'auto' as const };
    const params = { model: 'gpt-5-mini', input: 'hello there', reasoning };
    const events = await collect(await openaiClient(provider).responses.create({ ...params, stream: true }));
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.slice(0, 3).map((event) => event.type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
    ]);
    const said = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    );
    expect(said.join('')).toBe('You said: hello there');
    const whole = await openaiClient(provider).responses.stream(params).finalResponse();
    expect(whole.output_text).toBe('You said: hello there');
    expect(whole.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
    expect(whole.usage?.output_tokens_details.reasoning_tokens).toBe(4);
  });

  test('streams the arguments of a call', async () => {
    const params = { model: 'gpt-5-mini', input: 'call the tool', tools: [weatherTool] };
    const whole = await openaiClient(provider).responses.stream(params).finalResponse();
    expect(whole.output).toMatchObject([{ type: 'function_call', arguments: '{"city":"sample"}' }]);
  });
});

describe('embeddings', () => {
  const embed = async (input: string[]) => {
    const params = { model: 'text-embedding-3-small', input, dimensions: 64 };
    return openaiClient(provider).embeddings.create(params);
  };

  test('are near each other for texts with words in common', async () => {
    const { data, usage } = await embed(['a red car', 'a red bus', 'nothing else']);
    const [car = [], bus = [], other = []] = data.map((item) => item.embedding);
    const similarity = (left: number[], right: number[]) =>
      left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
    expect(car).toHaveLength(64);
    expect(similarity(car, car)).toBeCloseTo(1, 5);
    expect(similarity(car, bus)).toBeGreaterThan(similarity(car, other));
    expect(usage).toEqual({ prompt_tokens: 8, total_tokens: 8 });
  });

  test('refuse an empty text', async () => {
    await expect(embed([''])).rejects.toThrow(BadRequestError);
  });
});

test('the models are listed', async () => {
  const models = await openaiClient(provider).models.list();
  expect(models.data.map((model) => model.id)).toContain('gpt-5-mini');
});
