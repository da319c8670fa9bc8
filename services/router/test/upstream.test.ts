import type { ServerResponse } from 'node:http';
import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { eventually } from '@weir/testkit/eventually';
import { expect, test } from 'vitest';
import { Upstreams, type UpstreamSettings } from '../src/adapters/upstreams.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Provider } from '../src/domain/provider.ts';
import { toCredential } from '../src/providers/credential.ts';
import { createCompleterOf } from './completer.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

function completerAt(
  baseUrl: string,
  provider: Partial<Provider> = {},
  upstream?: Partial<UpstreamSettings>,
) {
  return createCompleterOf([hostProvider(baseUrl, provider)], { ...(upstream && { upstream }) });
}

const completion = (content: string) =>
  JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  });
const streamed = [
  'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
  'data: [DONE]\n\n',
].join('');

test("what names the account of the environment's keys goes with no stored key", async () => {
  const host = await startHost((_, response) => response.end(completion('Hi')));
  const provider = hostProvider(host.url, {
    credentials: [toCredential('sk-env')],
    headers: { 'x-team': 'a' },
    accountHeaders: { 'openai-organization': 'org-1' },
  });
  const upstream = new Upstreams({ settings: upstreamSettings, hostPolicy: new HostPolicy([]) }).of(provider);
  const signal = new AbortController().signal;
  for (const credential of [toCredential('sk-env'), { ...toCredential('sk-stored'), isStored: true }]) {
    (await upstream.get('models', { credential, signal })).discard();
  }
  const [own, stored] = host.requests.map(({ headers }) => headers);
  expect(own).toMatchObject({ 'x-team': 'a', 'openai-organization': 'org-1' });
  expect(stored).toMatchObject({ 'x-team': 'a', authorization: 'Bearer sk-stored' });
  expect(stored).not.toHaveProperty('openai-organization');
});

test('connections are used again and again, after streams and refusals too', async () => {
  let turn = 0;
  const host = await startHost((_, response) => {
    turn++;
    if (turn % 3 === 0) response.writeHead(500).end('{"error":{}}');
    else if (turn % 3 === 1)
      response.setHeader('content-type', 'text/event-stream').end(`${streamed}: more\n\n`);
    else response.end(completion('Hi'));
  });
  const completer = completerAt(host.url);
  for (let request = 0; request < 6; request++) {
    await completer.ask({ model: 'host/m', stream: request % 3 === 0 }).done;
  }
  expect(host.requests).toHaveLength(6);
  // A second one, where a request comes while the last bytes of a stream still run out.
  expect(host.connections()).toBeLessThanOrEqual(2);
});

test('a redirect is never followed: it could lead a key anywhere', async () => {
  const host = await startHost((_, response) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const { done } = completerAt(host.url, { credentials: [toCredential('k')] }).ask({ model: 'host/m' });
  expect(await done).toMatchObject({ code: 'upstream_invalid_response' });
  expect(host.requests).toHaveLength(1);
});

test('an answer larger than the gateway carries is given up, and not worth another try', async () => {
  const host = await startHost((_, response) => {
    response.end(completion('x'.repeat(10_000)));
  });
  const { done } = completerAt(host.url, {}, { maxAnswerBytes: 5_000 }).ask({ model: 'host/m' });
  const fault = await done;
  expect(fault).toMatchObject({ code: 'upstream_answer_too_large', retryable: false });
});

test('a long refusal is read as far as it matters', async () => {
  const host = await startHost((_, response) => {
    response.writeHead(503).end(`<html>${'x'.repeat(1_000_000)}`);
  });
  const { done } = completerAt(host.url).ask({ model: 'host/m' });
  expect(await done).toMatchObject({ code: 'upstream_overloaded' });
});

test.each([
  ['is cut', (response: ServerResponse) => response.destroy()],
  ['hangs', () => undefined],
])('a refusal keeps its status and its advice where its body %s', async (_, afterwards) => {
  const host = await startHost((_request, response) => {
    response.writeHead(429, { 'retry-after': '7', 'content-length': '100' });
    response.write('{"error":', () => {
      afterwards(response);
    });
  });
  const { done } = completerAt(host.url).ask({ model: 'host/m' });
  expect(await done).toMatchObject({
    code: 'upstream_rate_limited',
    details: { retryAfterMs: 7_000, provider: 'host' },
  });
});

test.each([
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
])('what is no answer to the question is invalid: %s', async (_, text) => {
  const host = await startHost((request) => {
    request.socket.end(text);
  });
  const { done } = completerAt(host.url).ask({ model: 'host/m' });
  expect(await done).toMatchObject({ code: 'upstream_invalid_response' });
});

test('a base URL keeps its encoded characters', async () => {
  const host = await startHost((_, response) => {
    response.end(completion('Hi'));
  });
  expect(await completerAt(`${host.url}/a%20b/%7Bc%7D/v1`).ask({ model: 'host/m' }).done).toBeUndefined();
  expect(host.requests[0]?.url).toBe('/a%20b/%7Bc%7D/v1/chat/completions');
});

test('a stream whose host never says [DONE] is whole when its choices are, and only then', async () => {
  let events = streamed.replace('data: [DONE]\n\n', '');
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'text/event-stream; charset=utf-8').end(events);
  });
  const completer = completerAt(host.url);
  const whole = completer.ask({ model: 'host/m', stream: true });
  expect(await whole.done).toBeUndefined();
  expect(whole.reply.trailer?.usage.source).toBe('estimated');
  events = events.replace('"finish_reason":"stop"', '"finish_reason":null');
  expect(await completer.ask({ model: 'host/m', stream: true }).done).toMatchObject({
    code: 'upstream_stream_cut',
  });
});

test('an empty answer that says why it ended is an answer', async () => {
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'text/event-stream').end(streamed.replace('"Hi"', '""'));
  });
  const { reply, done } = completerAt(host.url).ask({ model: 'host/m', stream: true });
  expect(await done).toBeUndefined();
  expect(reply.heads).toHaveLength(1);
  expect(reply.chunks).toHaveLength(1);
});

test("Azure's older API: the deployment in the path, the version in the query, the key in its own header", async () => {
  const host = await startHost((_, response) => {
    response.end(completion('Hi'));
  });
  const completer = completerAt(`${host.url}/openai/deployments/{model}`, {
    credentials: [toCredential('secret')],
    keyHeader: 'api-key',
    query: { 'api-version': '2024-10-21' },
    headers: { 'x-team': 'a' },
  });
  await completer.ask({ model: 'host/my model' }).done;
  const [request] = host.requests;
  expect(request?.url).toBe('/openai/deployments/my%20model/chat/completions?api-version=2024-10-21');
  expect(request?.headers).toMatchObject({ 'api-key': 'secret', 'x-team': 'a' });
  expect(request?.headers.authorization).toBeUndefined();
});

test("a provider's words are short where they travel in a header", async () => {
  const long = 'm'.repeat(100_000);
  const host = await startHost((_, response) => {
    response.end(completion('Hi').replace('"model":"m"', `"model":"${long}","service_tier":"${long}"`));
  });
  const { reply, done } = completerAt(host.url).ask({ model: 'host/m' });
  expect(await done).toBeUndefined();
  const { modelServed, serviceTier } = reply.trailer?.usage ?? {};
  expect([modelServed, serviceTier]).toEqual([long.slice(0, 256), long.slice(0, 256)]);
});

test.each([
  ['that streams', true, 'text/event-stream', streamed],
  ['that is whole', false, 'application/json', completion('Hi')],
])("an answer %s and is nested too deeply is the provider's failure", async (_, stream, type, answer) => {
  const depth = 100_000;
  const nested = `"extra":${'['.repeat(depth)}${']'.repeat(depth)},"finish_reason":"eos"`;
  const host = await startHost((_request, response) => {
    response.setHeader('content-type', type).end(answer.replace('"finish_reason":"stop"', nested));
  });
  const { done } = completerAt(host.url).ask({ model: 'host/m', stream });
  expect(await done).toMatchObject({ code: 'upstream_invalid_response' });
});

test('a stream that ends in order after one of two choices is cut', async () => {
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'text/event-stream').end(streamed.replace('data: [DONE]\n\n', ''));
  });
  const { done } = completerAt(host.url).ask({ model: 'host/m', stream: true, n: 2 });
  expect(await done).toMatchObject({ code: 'upstream_stream_cut' });
});

const compressions: [string, (text: string) => Buffer][] = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
];

test.each(compressions)(
  'answers, streams and refusals that come compressed are read: %s',
  async (coding, compress) => {
    const host = await startHost((request, response) => {
      response.setHeader('content-encoding', coding);
      if (request.url?.startsWith('/refuse')) {
        response
          .writeHead(400)
          .end(compress('{"error":{"code":"context_length_exceeded","message":"long"}}'));
      } else {
        const isStream = request.url?.startsWith('/stream');
        response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
        response.end(compress(isStream ? streamed : completion('Hi')));
      }
    });
    const whole = completerAt(host.url).ask({ model: 'host/m' });
    expect(await whole.done).toBeUndefined();
    expect(whole.reply.body).toBe(completion('Hi'));
    const stream = completerAt(`${host.url}/stream`).ask({ model: 'host/m', stream: true });
    expect(await stream.done).toBeUndefined();
    expect(stream.reply.chunks.join('')).toContain('"content":"Hi"');
    const refused = completerAt(`${host.url}/refuse`).ask({ model: 'host/m' });
    expect(await refused.done).toMatchObject({ code: 'context_length_exceeded' });
    expect(host.requests[0]?.headers['accept-encoding']).toBe('identity');
  },
);

test('each event of a compressed stream comes when the host flushes it', async () => {
  const encoder = createGzip({ flush: constants.Z_SYNC_FLUSH });
  const host = await startHost((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    encoder.pipe(response);
    encoder.write(`${streamed.split('\n\n', 1)[0] ?? ''}\n\n`);
  });
  const { reply, done } = completerAt(host.url).ask({ model: 'host/m', stream: true });
  await eventually(() => {
    expect(reply.chunks).toHaveLength(1);
  });
  encoder.end('data: [DONE]\n\n');
  expect(await done).toBeUndefined();
});
