import { describe, expect, test } from 'vitest';
import { chat, jsonHeaders, post, startIngress } from './harness.ts';
import { testKey } from './keys.ts';

const mebibyte = 1024 * 1024;

describe('a body that is no chat request', () => {
  const withMessage = (message: unknown) => ({ ...chat, messages: [message] });

  test.each([
    ['cut JSON', '{"model":', 400, 'invalid_json', null],
    ['an empty body', '', 400, 'invalid_json', null],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'invalid_json', null],
    ['nesting without end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'invalid_json', null],
    ['values without end', `{"messages":[${'0,'.repeat(1_000_000)}0]}`, 400, 'invalid_json', null],
    [
      'eight megabytes of brackets that close again',
      `{"extra":[${Array.from({ length: 16_000 }, () => '['.repeat(240) + ']'.repeat(240)).join()}]}`,
      400,
      'invalid_json',
      null,
    ],
    [
      'an object of keys without end',
      `{"messages":{${'"a":0,'.repeat(9_000)}"a":0}}`,
      400,
      'invalid_json',
      null,
    ],
    ['an array', '[]', 400, 'invalid_request', null],
    ['null', 'null', 400, 'invalid_request', null],
    ['no model', { messages: chat.messages }, 400, 'invalid_request', 'model'],
    ['no messages', { model: 'm' }, 400, 'invalid_request', 'messages'],
    ['an empty list of messages', { model: 'm', messages: [] }, 400, 'invalid_request', 'messages'],
    [
      'an unknown role',
      withMessage({ role: 'robot', content: 'x' }),
      400,
      'invalid_request',
      'messages[0].role',
    ],
    [
      'a content that is a number',
      withMessage({ role: 'user', content: 1 }),
      400,
      'invalid_request',
      'messages[0].content',
    ],
    [
      'a temperature that is no number',
      { ...chat, temperature: 'hot' },
      400,
      'invalid_request',
      'temperature',
    ],
    ['a stream that is a text', { ...chat, stream: 'yes' }, 400, 'invalid_request', 'stream'],
  ])('%s is refused', async (_what, body, status, code, param) => {
    const ingress = await startIngress();

    const response = await post(ingress, body);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String) as unknown, type: 'invalid_request_error', code, param },
    });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-request-id')).toBeTruthy();
    expect(ingress.bus.calls).toEqual([]);
  });

  test('the place of a JSON error is told, and the text around it is not', async () => {
    const ingress = await startIngress();
    const cut = await (await post(ingress, '{"my secret": 1,}')).text();
    expect(cut).toContain('at position 16 (line 1 column 17)');
    const token = await (await post(ingress, '{"my secret is long enough": nonsense}')).text();
    expect(token).toContain("Unexpected token 'o'");
    expect(cut + token).not.toContain('secret');
  });

  test('a large body is read as a small one is, and the bytes go on as they came', async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.end('{}');
    };
    const body = JSON.stringify({ ...chat, extra: ['Tiếng Việt, "quoted"'.repeat(100_000)] });
    expect((await post(ingress, body)).status).toBe(200);
    expect(Buffer.from(ingress.bus.calls[0]?.body ?? []).toString()).toBe(body);
  });

  test('a body that would poison prototypes harms nothing', async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.end('{}');
    };
    const poison = '"__proto__":{"stream":true,"admin":true},"constructor":{"prototype":{"admin":true}}';
    const response = await post(
      ingress,
      `{"model":"m",${poison},"messages":[{"role":"user","content":"x",${poison}}]}`,
    );
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
    expect(ingress.bus.calls).toHaveLength(1);
  });
});

describe('a body that is not read', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('the content type %s is a 415', async (contentType) => {
    const ingress = await startIngress();
    const response = await post(ingress, chat, { headers: { ...jsonHeaders, 'content-type': contentType } });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_media_type' } });
  });

  test('no content type and no body is a 415', async () => {
    const ingress = await startIngress();
    const response = await fetch(`${ingress.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-api-key': testKey },
    });
    expect(response.status).toBe(415);
  });

  test('more than 8 MiB is a 413, whether it says so or not', async () => {
    const ingress = await startIngress();
    const tooLarge = new Uint8Array(8 * mebibyte + 1).fill(0x20);
    const chunked = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent <= 8; sent++) controller.enqueue(new Uint8Array(mebibyte).fill(0x20));
        controller.close();
      },
    });
    for (const body of [tooLarge, chunked]) {
      const response = await post(ingress, '', { body, duplex: 'half' });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { code: 'body_too_large' } });
    }
  });

  test('8 MiB and not a byte more is read', async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.end('{}');
    };
    const frame = JSON.stringify({ ...chat, padding: '' }).length;
    const response = await post(ingress, { ...chat, padding: 'x'.repeat(8 * mebibyte - frame) });
    expect(response.status).toBe(200);
    expect(ingress.bus.calls[0]?.body).toHaveLength(8 * mebibyte);
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNz'])(
    'the key %j is a 401',
    async (authorization) => {
      const ingress = await startIngress();
      const headers = {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
      };
      const response = await post(ingress, chat, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        error: { type: 'authentication_error', code: 'missing_api_key', param: null },
      });
      expect(ingress.bus.calls).toEqual([]);
    },
  );

  test.each(['0', '-1', '1.5', '600001', 'soon', ''])('the time-out %j is a 400', async (timeout) => {
    const ingress = await startIngress();
    const response = await post(ingress, chat, { headers: { ...jsonHeaders, 'x-weir-timeout-ms': timeout } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid_header', param: 'x-weir-timeout-ms' },
    });
  });
});

describe('a place that is not there', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/v1/nothing'],
    ['POST', '/v1/chat'],
    ['DELETE', '/v2/models'],
  ])('%s %s is a 404', async (method, path) => {
    const ingress = await startIngress();
    const body = method === 'POST' ? 'not JSON' : undefined;
    const response = await fetch(ingress.url + path, { method, ...(body && { body }) });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', code: 'route_not_found' },
    });
  });

  test.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['OPTIONS', '/v1/models', 'GET, HEAD'],
    ['POST', '/v1/models/openai/gpt-5', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
  ])('%s %s is a 405 that allows %s', async (method, path, allow) => {
    const ingress = await startIngress();
    const body = method === 'POST' ? 'not JSON' : undefined;
    const response = await fetch(ingress.url + path, { method, ...(body && { body }) });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ error: { code: 'method_not_allowed' } });
  });

  test('a path that cannot be decoded is a 400', async () => {
    const ingress = await startIngress();
    const response = await fetch(`${ingress.url}/v1/models/%zz`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request' } });
  });
});
