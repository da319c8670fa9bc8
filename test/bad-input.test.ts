import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonHeaders } from './helpers/ask.ts';
import { models, startGatewayFixture, type GatewayFixture } from './helpers/gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterAll(() => fixture.close());

const messages = [{ role: 'user', content: 'hi' }];

interface Case {
  headers?: Record<string, string>;
  body?: unknown;
  raw?: string;
  path?: string;
  method?: string;
}

test.each<[string, Case, number, string, string | null]>([
  [
    'no key',
    { headers: { 'content-type': 'application/json' }, body: { model: 'm', messages } },
    401,
    'missing_api_key',
    null,
  ],
  ['a body that is no JSON', { raw: '{"model": ' }, 400, 'invalid_json', null],
  ['a body that is no object', { raw: '[]' }, 400, 'invalid_request', null],
  ['no body', { raw: '' }, 400, 'invalid_json', null],
  [
    'another content type',
    { headers: { ...jsonHeaders, 'content-type': 'text/plain' }, raw: 'hi' },
    415,
    'unsupported_media_type',
    null,
  ],
  ['no model', { body: { messages } }, 400, 'invalid_request', 'model'],
  ['no messages', { body: { model: 'm', messages: [] } }, 400, 'invalid_request', 'messages'],
  [
    'a role that does not exist',
    { body: { model: 'm', messages: [{ role: 'robot', content: '' }] } },
    400,
    'invalid_request',
    'messages[0].role',
  ],
  [
    'a temperature that is no number',
    { body: { model: 'm', messages, temperature: 'hot' } },
    400,
    'invalid_request',
    'temperature',
  ],
  ['an unknown model', { body: { model: 'no-such-model', messages } }, 404, 'model_not_found', 'model'],
  [
    'an unknown model, streamed',
    { body: { model: 'no-such-model', messages, stream: true } },
    404,
    'model_not_found',
    'model',
  ],
  ['an unknown provider', { body: { model: 'nobody/model', messages } }, 404, 'model_not_found', 'model'],
  ['a body over 8 MiB', { raw: `{"model":"${'x'.repeat(8 * 1024 * 1024)}"}` }, 413, 'body_too_large', null],
  ['an unknown route', { path: '/v1/nothing', body: {} }, 404, 'route_not_found', null],
  [
    'a wrong method',
    { path: '/v1/chat/completions', method: 'PUT', body: {} },
    405,
    'method_not_allowed',
    null,
  ],
  [
    'a time-out that is no number',
    { headers: { ...jsonHeaders, 'x-weir-timeout-ms': 'soon' }, body: { model: 'm', messages } },
    400,
    'invalid_header',
    'x-weir-timeout-ms',
  ],
])(
  '%s is a clear error in the shape of OpenAI',
  async (_name, { headers = jsonHeaders, body, raw, path, method }, status, code, param) => {
    const response = await fetch(fixture.gateway.url + (path ?? '/v1/chat/completions'), {
      method: method ?? 'POST',
      headers,
      body: raw ?? JSON.stringify(body),
    });
    const answer = (await response.json()) as { error: Record<string, unknown> };
    expect({ status: response.status, ...answer.error }).toEqual({
      status,
      code,
      param,
      type: expect.stringMatching(/_error$/) as string,
      message: expect.stringMatching(/^.{10,}/) as string,
    });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test('an answer says who gave it, and how to find it again', async () => {
  const response = await fetch(`${fixture.gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { ...jsonHeaders, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    body: JSON.stringify({ model: models.anthropic, messages, seed: 1 }),
  });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-weir-provider': 'anthropic',
    'x-weir-model': models.anthropic,
    'x-weir-trace-id': '4bf92f3577b34da6a3ce929d0e0e4736',
    'x-weir-warnings': expect.stringContaining('seed') as string,
    'x-weir-overhead-ms': expect.stringMatching(/^[\d.]+$/) as string,
  });
});
