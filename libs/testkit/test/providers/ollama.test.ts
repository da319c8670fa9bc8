import type { ChatRequest } from 'ollama';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { collect, ollamaClient } from './clients.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

function chatParams(text: string, extra: Partial<ChatRequest> = {}) {
  return { model: 'llama3.2', messages: [{ role: 'user', content: text }], ...extra };
}

function chat(text: string, extra: Partial<ChatRequest> = {}) {
  return ollamaClient(provider).chat({ ...chatParams(text, extra), stream: false });
}

describe('a chat', () => {
  test('echoes and counts', async () => {
    expect(await chat('hello there')).toMatchObject({
      message: { role: 'assistant', content: 'You said: hello there' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 2,
      eval_count: 4,
    });
  });

  test('streams records, of which only the last counts', async () => {
    const records = await collect(await ollamaClient(provider).chat({ ...chatParams('hi'), stream: true }));
    expect(records.map((record) => record.message.content)).toEqual(['You ', 'said: ', 'hi', '']);
    expect(records.slice(0, -1).every((record) => !record.done && !('eval_count' in record))).toBe(true);
    expect(records.at(-1)).toMatchObject({ done: true, prompt_eval_count: 1, eval_count: 3 });
  });

  test('streams unless it is told not to', async () => {
    const body = JSON.stringify(chatParams('hi'));
    const response = await fetch(`${provider.url}/api/chat`, { method: 'POST', body });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect((await response.text()).trimEnd().split('\n')).toHaveLength(4);
  });

  test('thinks when it is told to', async () => {
    const { message } = await chat('hi', { think: true });
    expect(message).toMatchObject({ thinking: 'Thinking about: hi', content: 'You said: hi' });
    const records = await collect(
      await ollamaClient(provider).chat({ ...chatParams('hi', { think: 'high' }), stream: true }),
    );
    expect(records[0]?.message).toMatchObject({ thinking: 'Thinking ', content: '' });
  });

  test('stops at a stop sequence and at the output cap', async () => {
    expect(await chat('one two three', { options: { stop: [' two'] } })).toMatchObject({
      message: { content: 'You said: one' },
      done_reason: 'stop',
    });
    expect(await chat('one two three', { options: { num_predict: 3 } })).toMatchObject({
      message: { content: 'You said: one' },
      done_reason: 'length',
    });
  });

  test('says which images came, by their first bytes', async () => {
    const images = [Buffer.from([0xff, 0xd8, 0xff, 0xe0])];
    const { message } = await chat('', { messages: [{ role: 'user', content: 'look', images }] });
    expect(message.content).toBe('You said: look [1 image: image/jpeg]');
  });

  test('fills a schema, and makes some object when none is given', async () => {
    const format = { type: 'object', properties: { day: { enum: ['mon', 'tue'] } }, required: ['day'] };
    expect((await chat('plan it', { format })).message.content).toBe('{"day":"mon"}');
    expect((await chat('plan it', { format: 'json' })).message.content).toBe('{"answer":"plan it"}');
  });

  test('has log probabilities when they are asked for', async () => {
    const { logprobs = [] } = await chat('hi', { logprobs: true, top_logprobs: 1 });
    expect(logprobs.map(({ token }) => token).join('')).toBe('You said: hi');
  });
});

describe('tools', () => {
  test('are called with an object and repeated when they have answered', async () => {
    const { message } = await chat('call the tool', { tools: [weatherTool] });
    expect(message.tool_calls).toEqual([
      { function: { name: 'get_weather', arguments: { city: 'sample' } } },
    ]);
    const result = { role: 'tool', tool_name: 'get_weather', content: '12 C' };
    const question = { role: 'user', content: 'call the tool' };
    const answer = await chat('', { messages: [question, message, result], tools: [weatherTool] });
    expect(answer.message.content).toBe('The tool answered: 12 C');
  });

  test('come whole in a stream', async () => {
    const params = { ...chatParams('call the tool', { tools: [weatherTool] }), stream: true as const };
    const [first] = await collect(await ollamaClient(provider).chat(params));
    expect(first?.message.tool_calls).toMatchObject([{ function: { arguments: { city: 'sample' } } }]);
  });
});

test('a prompt is completed, whole and in a stream', async () => {
  const params = { model: 'llama3.2', prompt: 'hi', system: 'be kind' };
  const whole = await ollamaClient(provider).generate({ ...params, stream: false });
  expect(whole).toMatchObject({ response: 'You said: hi', done: true, prompt_eval_count: 3 });
  const records = await collect(await ollamaClient(provider).generate({ ...params, stream: true }));
  expect(records.map((record) => record.response).join('')).toBe('You said: hi');
});

test('texts are embedded', async () => {
  const params = { model: 'nomic-embed-text', input: ['a', 'b c'], dimensions: 16 };
  const { embeddings, prompt_eval_count } = await ollamaClient(provider).embed(params);
  expect(embeddings.map((vector) => vector.length)).toEqual([16, 16]);
  expect(prompt_eval_count).toBe(3);
});

test('the server tells its models and its version', async () => {
  const { models } = await ollamaClient(provider).list();
  expect(models.map((model) => model.name)).toContain('llama3.2:latest');
  expect(await ollamaClient(provider).version()).toEqual({ version: '0.32.4' });
});

describe('a request is refused', () => {
  const call = { function: { name: 'f', arguments: '{}' } };

  test.each<[string, object, string]>([
    ['a parameter of OpenAI', { max_tokens: 5 }, 'json: unknown field "max_tokens"'],
    [
      'an option that there is not',
      { options: { max_tokens: 5 } },
      'json: unknown field "options.max_tokens"',
    ],
    [
      'arguments in a string',
      { messages: [{ role: 'assistant', content: '', tool_calls: [call] }] },
      'messages.0.tool_calls.0.function.arguments',
    ],
  ])('for %s', async (_what, extra, message) => {
    const refused = chat('hi', extra);
    await expect(refused).rejects.toMatchObject({ name: 'ResponseError', status_code: 400 });
    await expect(refused).rejects.toThrow(message);
  });

  test('for a model that does not exist', async () => {
    const refused = chat('hi', { model: 'missing-model' });
    await expect(refused).rejects.toMatchObject({
      status_code: 404,
      message: "model 'missing-model' not found",
    });
  });

  test('for a route that does not exist', async () => {
    const response = await fetch(`${provider.url}/api/nothing`);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('404 page not found');
  });
});
