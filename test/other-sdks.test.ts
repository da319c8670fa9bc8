import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import { testKey } from '@weir/testkit/gateway';
import { streamText } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { models, startGatewayFixture, type GatewayFixture } from './helpers/gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterAll(() => fixture.close());

test.each(Object.values(models))('the Vercel ai SDK streams a chat with %s', async (model) => {
  const provider = createOpenAICompatible({
    name: 'weir',
    baseURL: fixture.gateway.baseUrl,
    apiKey: testKey,
    includeUsage: true,
  });
  const { textStream, usage } = streamText({ model: provider(model), prompt: 'one two three' });
  let text = '';
  for await (const part of textStream) text += part;
  expect(text).toBe('You said: one two three');
  expect((await usage).outputTokens).toBeGreaterThan(0);
});

test.each(Object.values(models))('LangChain streams a chat with %s', async (model) => {
  const chat = new ChatOpenAI({
    model,
    apiKey: testKey,
    maxRetries: 0,
    configuration: { baseURL: fixture.gateway.baseUrl },
  });
  let text = '';
  for await (const chunk of await chat.stream('one two three')) text += chunk.text;
  expect(text).toBe('You said: one two three');
});
