import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonHeaders } from './helpers/ask.ts';
import { startGatewayFixture, type GatewayFixture } from './helpers/gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
  // Unasked it would say the message again.
  fixture.provider.script({ answer: 'That was long.' });
});
afterAll(() => fixture.close());

const maxBodyBytes = 8 * 1024 * 1024;

function bodyOf(bytes: number): Buffer {
  const [before, after] = ['{"model":"openai/m","messages":[{"role":"user","content":"', '"}]}'];
  return Buffer.from(before + 'a'.repeat(bytes - before.length - after.length) + after);
}

function configOf(bytes: number): string {
  const config = (text: string) => JSON.stringify({ provider: 'openai', override_params: { user: text } });
  return config('u'.repeat(bytes - config('').length));
}

/** Keys and values as long as they may be. */
function metadataOf(keys: number, character: string): string {
  const entry = (index: number) => [character.repeat(253) + String(100 + index), character.repeat(256)];
  return JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, index) => entry(index))));
}

interface Sent {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

/** By Node's own client, which sends headers as Latin-1. */
function post({ body, headers }: Sent): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(`${fixture.gateway.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { ...jsonHeaders, ...headers },
    });
    asking.on('error', reject);
    asking.on('response', (response) => {
      let text = '';
      response.on('data', (part) => (text += String(part)));
      response.on('end', () => {
        resolve({ status: response.statusCode, text });
      });
    });
    asking.end(body);
  });
}

const largestConfig = { 'x-weir-config': configOf(32 * 1024) };

test.each([
  ['a config of 32 KiB', {}],
  ['a config of 32 KiB and 14 KiB of metadata', { 'x-weir-metadata': metadataOf(28, 'm') }],
  [
    'a config of 32 KiB and 14 KiB of metadata of which each character takes two bytes on the bus',
    { 'x-weir-metadata': metadataOf(28, '\u00e9') },
  ],
])('a body of 8 MiB goes through with %s', async (_what, headers) => {
  const { status, text } = await post({
    body: bodyOf(maxBodyBytes),
    headers: { ...largestConfig, ...headers },
  });
  expect(text).toContain('chat.completion');
  expect(status).toBe(200);
});

test('a body of a byte more is a clear 413', async () => {
  const { status, text } = await post({ body: bodyOf(maxBodyBytes + 1), headers: largestConfig });
  expect(status).toBe(413);
  expect(JSON.parse(text)).toMatchObject({
    error: { code: 'body_too_large', message: 'The body is larger than 8 MiB.' },
  });
});
