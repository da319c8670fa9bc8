import { beforeEach, expect, test } from 'vitest';
import { askAdmin, startAdmin, type AdminQuestion } from './admin-harness.ts';
import type { Ingress } from './harness.ts';

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin();
});

const ask = (method: string, path: string, question?: AdminQuestion) =>
  askAdmin(ingress, method, path, question);

const over64KiB = JSON.stringify({ provider: 'x'.repeat(64 * 1024) });
const model = { model: 'm' };
const usd = { unit: 'usd', limit: '10', window: 'month' };
const hook = { url: 'https://hooks.example.com/', secret: 'x'.repeat(16) };

test.each([
  ['GET', '/configs?limit=0', undefined, 'limit must be at least 1'],
  ['GET', '/configs?limit=501', undefined, 'limit must be at most 500'],
  ['GET', '/configs?limit=ten', undefined, 'limit must be a number'],
  ['GET', '/configs?limit=1&limit=2', undefined, 'limit must be a number'],
  ['GET', '/configs?after=', undefined, 'after must have at least 1 character'],
  ['GET', '/configs?page=2', undefined, 'page is not a known field'],
  ['GET', '/configs/Cheap', undefined, 'name must be lower case letters'],
  ['GET', '/configs/a%2Fb', undefined, 'name must be lower case letters'],
  ['GET', `/configs/${'x'.repeat(65)}/revisions`, undefined, 'name must be lower case letters'],
  ['PUT', '/configs/Cheap', {}, 'name must be lower case letters'],
  ['PUT', '/configs/cheap', '', 'it is empty'],
  ['PUT', '/configs/cheap', '{', 'not valid JSON'],
  ['PUT', '/configs/cheap', '['.repeat(300), 'more than 256 levels'],
  ['PUT', '/configs/cheap', [], 'The body must be an object'],
  ['PUT', '/configs/cheap', '"cheap"', 'The body must be an object'],
  ['PUT', '/configs/cheap', 'null', 'The body must be an object'],
  ['DELETE', '/configs/Cheap', undefined, 'name must be lower case letters'],
  ['POST', '/configs/cheap/rollback', {}, 'revision is required'],
  ['POST', '/configs/cheap/rollback', { revision: 0 }, 'revision must be greater than 0'],
  ['POST', '/configs/cheap/rollback', { revision: '3' }, 'revision must be a number'],
  ['POST', '/configs/cheap/rollback', { revision: 1.5 }, 'revision must be an integer'],
  ['POST', '/configs/cheap/rollback', { revision: 3, force: true }, 'force is not a known field'],
  ['GET', '/budgets?scope=tenant', undefined, 'scope must be'],
  ['GET', '/budgets/tenant/x', undefined, 'scope must be'],
  ['GET', `/budgets/end_user/${'x'.repeat(257)}`, undefined, 'id must be 1 to 256 characters'],
  ['GET', '/budgets/end_user/a%00b', undefined, 'without control characters'],
  ['GET', '/budgets/tag/a?organisation_id=a.b', undefined, 'organisation_id is not an id'],
  ['GET', '/budgets/tag/a?__proto__=x', undefined, 'is not a known field'],
  ['PUT', '/budgets/key/a', {}, 'limits is required'],
  ['PUT', '/budgets/key/a', '{"limits":[],"__proto__":{"contact":"x"}}', 'is not a known field'],
  ['PUT', '/budgets/key/a', { limits: [], contact: 'a\u0000b' }, 'without control characters'],
  ['PUT', '/budgets/key/a', { limits: [], contact: 'x'.repeat(257) }, '1 to 256 characters'],
  ['PUT', '/budgets/key/a', { limits: Array(33).fill(usd) }, 'limits must have at most 32'],
  ['PUT', '/budgets/key/a', { limits: [usd, usd] }, 'must not have two limits'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, limit: '-1' }] }, 'a decimal text'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, limit: '0.0000000001' }] }, 'at most nine decimals'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, limit: '9000001' }] }, 'at most 9000000'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, limit: 10 }] }, 'limits[0].limit must be a string'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, window: 'year' }] }, 'limits[0].window must be'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, window: 'rolling' }] }, 'rolling_seconds'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, rolling_seconds: 60 }] }, 'rolling_seconds'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, model: 'a\u0000' }] }, 'printable ASCII'],
  ['PUT', '/budgets/key/a', { limits: [{ ...usd, soft: true }] }, 'limits[0].soft is not a known field'],
  ['PUT', '/budgets/key/a', { limits: [{ unit: 'requests', limit: -1 }] }, 'at least 0'],
  ['PUT', '/budgets/key/a', { limits: [{ unit: 'requests', limit: 1.5 }] }, 'must be an integer'],
  ['PUT', '/budgets/key/a', { limits: [{ unit: 'euro', limit: '1' }] }, 'limits[0].unit'],
  ['PUT', '/budgets/key/a', { limits: [], alerts: { webhooks: [{ url: 'x' }] } }, 'must be a URL'],
  ['PUT', '/budgets/key/a', { limits: [], alerts: { webhooks: [hook, hook] } }, 'a URL twice'],
  [
    'PUT',
    '/budgets/key/a',
    { limits: [], alerts: { webhooks: [{ ...hook, secret: 'short' }] } },
    '16 to 256',
  ],
  ['POST', '/dry-run/routing', {}, 'request is required'],
  ['POST', '/dry-run/routing', { request: {} }, 'request.model is required'],
  ['POST', '/dry-run/routing', { request: { model: 'm', messages: 'x' } }, 'request.messages must be an'],
  ['POST', '/dry-run/routing', { request: model, config: 'No Name' }, 'config must be lower case letters'],
  ['POST', '/dry-run/routing', { request: model, config: 5 }, 'config must be'],
  ['POST', '/dry-run/routing', { request: model, metadata: { a: null } }, 'metadata.a must be a string'],
  ['POST', '/dry-run/routing', { request: model, stream: true }, 'stream is not a known field'],
])('%s %.60s with %.60j is a 400 that says: %s', async (method, path, body, why) => {
  const response = await ask(method, path, { body });
  expect(await response.json()).toMatchObject({
    error: { type: 'invalid_request_error', message: expect.stringContaining(why) as unknown },
  });
  expect(response.status).toBe(400);
  expect(ingress.bus.asked).toEqual([]);
});

test.each([
  ['PUT', { 'if-match': '7' }],
  ['PUT', { 'if-match': '**' }],
  ['PUT', { 'if-none-match': '"7"' }],
  ['PUT', { 'if-match': '"7"', 'if-none-match': '*' }],
  ['DELETE', { 'if-match': '"seven"' }],
  ['GET', { 'if-none-match': '7' }],
  ['GET', { 'x-weir-timeout-ms': 'soon' }],
] as [string, Record<string, string>][])(
  '%s with %j is a 400 that names the header',
  async (method, headers) => {
    const body = method === 'PUT' ? {} : undefined;
    const response = await ask(method, '/configs/cheap', { headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid_header', param: expect.stringMatching(/^(if-|x-weir-)/) as unknown },
    });
    expect(ingress.bus.asked).toEqual([]);
  },
);

test('a config of more than 64 KiB is a 413', async () => {
  const response = await ask('PUT', '/configs/cheap', { body: over64KiB });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({
    error: { code: 'body_too_large', message: 'The body is larger than 64 KiB.' },
  });
});

test('another content type, or none, is a 415', async () => {
  const headers = { 'content-type': 'text/plain' };
  expect((await ask('PUT', '/configs/cheap', { headers, body: {} })).status).toBe(415);
  expect((await ask('PUT', '/configs/cheap')).status).toBe(415);
  expect((await ask('POST', '/dry-run/routing')).status).toBe(415);
});

test.each([
  ['POST', '/configs', 'GET, HEAD'],
  ['PATCH', '/configs/cheap', 'GET, HEAD, PUT, DELETE'],
  ['DELETE', '/configs/cheap/revisions', 'GET, HEAD'],
  ['GET', '/configs/cheap/rollback', 'POST'],
  ['GET', '/dry-run/routing', 'POST'],
  ['PUT', '/status', 'GET, HEAD'],
])('%s %s is a 405 that allows %s', async (method, path, allow) => {
  const response = await ask(method, path);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe(allow);
});

test.each(['/', '/nothing', '/configs/cheap/nothing', '/dry-run'])('%s is a 404', async (path) => {
  expect((await ask('GET', path)).status).toBe(404);
});
