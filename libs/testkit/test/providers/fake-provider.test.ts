import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';
import { startFakeProvider } from '../../src/providers/fake-provider.ts';
import { receive, send, splitRecords } from './wire.ts';

let provider: FakeProvider;
beforeEach(async () => {
  provider = await startFakeProvider({ maxRecorded: 2 });
});
afterEach(() => provider.close());

describe('what came is recorded', () => {
  test('with its protocol, headers and body', async () => {
    await receive(await send(provider, 'anthropic_messages', false));
    expect(provider.requests).toMatchObject([
      {
        protocol: 'anthropic',
        method: 'POST',
        path: '/v1/messages',
        headers: { authorization: 'Bearer sk-test' },
        body: { model: 'm', max_tokens: 100 },
      },
    ]);
  });

  test('even if it is no JSON or goes nowhere', async () => {
    const headers = { authorization: 'Bearer sk-test' };
    const url = `${provider.openaiBaseUrl}/chat/completions`;
    const unreadable = await fetch(url, { method: 'POST', headers, body: '{"model":' });
    expect(unreadable.status).toBe(400);
    expect((await fetch(`${provider.url}/nowhere`)).status).toBe(404);
    expect(provider.requests.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/chat/completions', undefined],
      ['/nowhere', undefined],
    ]);
  });

  test('as far as the latest requests go', async () => {
    for (const route of ['openai_chat', 'ollama_chat', 'ollama_generate'] as const) {
      await receive(await send(provider, route, false));
    }
    expect(provider.requests.map((request) => request.path)).toEqual(['/api/chat', '/api/generate']);
  });

  test('with its end: whole, or when the client went away', async () => {
    await receive(await send(provider, 'openai_chat', true));
    const whole = await provider.waitFor((request) => request.finished);
    expect(whole.abortedAt).toBeUndefined();

    provider.script({ latencyMs: 60_000 });
    const client = new AbortController();
    const gone = send(provider, 'ollama_chat', true, client.signal).catch((error: unknown) => error);
    await provider.waitFor((request) => request.protocol === 'ollama');
    client.abort();
    await gone;
    const aborted = await provider.waitFor((request) => request.abortedAt !== undefined);
    expect(aborted).toMatchObject({ protocol: 'ollama', finished: false });
  });

  test('a connection that the provider itself cut was not left by its client', async () => {
    provider.script({ fault: { kind: 'cut', afterChunks: 1 } });
    await receive(await send(provider, 'openai_chat', true));
    const cut = await provider.waitFor((request) => request.finished);
    expect(cut.abortedAt).toBeUndefined();
  });
});

describe('an answer takes its time', () => {
  test('before its first byte', async () => {
    provider.script({ latencyMs: 50 });
    const startedAt = performance.now();
    await send(provider, 'openai_chat', false);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(48);
  });

  test.each([true, false])('for each of its tokens (stream: %s)', async (stream) => {
    provider.script({ tokensPerSecond: 100 });
    const startedAt = performance.now();
    const { text } = await receive(await send(provider, 'anthropic_messages', stream));
    expect(text).toContain('three');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(48);
  });

  test('in as many chunks as it is told to', async () => {
    provider.script({ chunks: 2 });
    const { text } = await receive(await send(provider, 'ollama_chat', true));
    expect(splitRecords('ollama_chat', text)).toHaveLength(3);
  });
});

test('a schema that nothing satisfies is the error of one request, not the end of the provider', async () => {
  const warning = once(process, 'warning');
  const format = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
  const body = JSON.stringify({ model: 'm', prompt: 'hi', format });
  const failed = await fetch(`${provider.url}/api/generate`, { method: 'POST', body });
  expect(failed.status).toBe(500);
  expect(await warning).toMatchObject([{ message: 'The JSON schema requires an endless value.' }]);
  expect((await send(provider, 'openai_chat', false)).status).toBe(200);
});

test('a script holds for as many requests as it says, and reset ends all', async () => {
  const status = async () => (await send(provider, 'openai_chat', false)).status;
  provider.script({ fault: { kind: 'status', status: 500 } });
  provider.script({ fault: { kind: 'status', status: 429 }, times: 1 });
  expect([await status(), await status()]).toEqual([429, 500]);
  provider.reset();
  expect(await status()).toBe(200);
  expect(provider.requests).toHaveLength(1);
});

test('closing ends the connections that are still open', async () => {
  const other = await startFakeProvider();
  other.script({ fault: { kind: 'stall', afterChunks: 2 } });
  const response = await send(other, 'openai_chat', true);
  const received = receive(response);
  await other.close();
  expect(await received).toMatchObject({ broken: true });
});
