import { adminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { idempotencyKeySchema } from '@weir/contracts/admin/fields';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import {
  deleteConfig,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import { listUsage } from '@weir/contracts/admin/usage';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AdminApiError } from './admin-api-error.ts';
import { createAdminClient } from './admin-client.ts';

const record = {
  name: 'cheap',
  revision: 7,
  updated_at: '2026-01-01T00:00:00.000Z',
  config: { provider: 'openai' },
  warnings: [],
};

/** A client whose gateway answers with these in turn, and what it was asked. */
function startClient(...answers: Response[]) {
  const asked: Record<string, unknown>[] = [];
  const client = createAdminClient({
    baseUrl: 'http://gateway.test:8080',
    adminKey: 'the-admin-key',
    fetch: async (url, { method, headers, body } = {}) => {
      asked.push({
        method,
        url: url instanceof URL ? url.href : url,
        headers,
        ...(body !== undefined && { body }),
      });
      return answers.shift() ?? Response.json(record);
    },
  });
  return { client, asked };
}

const authorization = 'Bearer the-admin-key';
const json = { 'content-type': 'application/json' };

test('each field is put where the contract says that it comes from', async () => {
  const { client, asked } = startClient();
  expect(await client.call(readConfig, { name: 'cheap' })).toEqual(record);
  await client.call(writeConfig, { name: 'cheap', config: { provider: 'openai' }, expectedRevision: 7 });
  await client.call(rollBackConfig, { name: 'cheap', revision: 3, expectedRevision: 'any' });
  const url = 'http://gateway.test:8080/admin/v1/configs/cheap';
  expect(asked).toEqual([
    { method: 'GET', url, headers: { authorization } },
    {
      method: 'PUT',
      url,
      headers: { authorization, ...json, 'if-match': '"7"' },
      body: '{"provider":"openai"}',
    },
    {
      method: 'POST',
      url: `${url}/rollback`,
      headers: { authorization, ...json, 'if-match': '*' },
      body: '{"revision":3}',
    },
  ]);
});

test('a name is no way out of its place in the path', async () => {
  const { client, asked } = startClient(Response.json({ name: 'x', deleted: true }));
  await client.call(deleteConfig, { name: '../../status?a=b', expectedRevision: 'none' });
  expect(asked).toMatchObject([
    {
      url: 'http://gateway.test:8080/admin/v1/configs/..%2F..%2Fstatus%3Fa%3Db',
      headers: { 'if-none-match': '*' },
    },
  ]);
  for (const name of ['', '.', '..']) {
    await expect(client.call(readConfig, { name })).rejects.toThrow('name must not be');
  }
});

test('a key for what is done once goes along as a header, and not in the body', async () => {
  const createKey = adminEndpoint('keys.create', {
    request: z.object({ owner: z.string(), idempotencyKey: idempotencyKeySchema }),
    reply: z.object({ id: z.string() }),
    timeoutMs: 1_000,
    http: { method: 'POST', path: '/keys', scope: 'keys', summary: 'Make a key' },
  });
  const { client, asked } = startClient(Response.json({ id: 'k1' }));
  await client.call(createKey, { owner: 'ada', idempotencyKey: 'once' });
  expect(asked).toMatchObject([{ headers: { 'idempotency-key': 'once' }, body: '{"owner":"ada"}' }]);
});

test('a gateway that does not tell the state of its replicas and which revisions they have is understood', async () => {
  const status = { targets: [], configs: 0, problems: [] };
  const replica = { service: 'router', id: 'r1', version: '0.1.0' };
  const { client } = startClient(Response.json({ ...status, replicas: [replica] }));
  expect(await client.call(gatewayStatus, {})).toEqual({
    ...status,
    replicas: [{ ...replica, state: 'ready', problems: [], clock_skew_ms: null, buckets: {} }],
  });
});

test('a list is read to its end, page by page', async () => {
  const pages = [
    { data: [{ ...record, name: 'a' }], has_more: true, next: 'a' },
    { data: [{ ...record, name: 'b' }], has_more: false, next: null },
  ];
  const { client, asked } = startClient(...pages.map((page) => Response.json(page)));
  const names: string[] = [];
  for await (const { name } of client.items(listConfigs, { limit: 1 })) names.push(name);
  expect(names).toEqual(['a', 'b']);
  expect(asked.map(({ url }) => url)).toEqual([
    'http://gateway.test:8080/admin/v1/configs?limit=1',
    'http://gateway.test:8080/admin/v1/configs?limit=1&after=a',
  ]);
  await expect(client.items(readConfig, { name: 'a' }).next()).rejects.toThrow('has no pages');
});

test('a list comes as CSV, piece by piece, and a refusal of it is an error', async () => {
  const headers = { 'content-type': 'text/csv; charset=utf-8; header=present' };
  const error = { message: 'No.', type: 'invalid_request_error', code: 'invalid_request', param: 'from' };
  const { asked, client } = startClient(
    new Response('ts,request_id\r\n', { headers }),
    Response.json({ error }, { status: 400 }),
    Response.json({ data: [], has_more: false, next: null }),
  );
  expect(await new Response(await client.csv(listUsage, { key: 'k1' })).text()).toBe('ts,request_id\r\n');
  expect(asked).toMatchObject([{ url: 'http://gateway.test:8080/admin/v1/usage?key=k1&format=csv' }]);
  await expect(client.csv(listUsage, {})).rejects.toMatchObject({ code: 'invalid_request', param: 'from' });
  await expect(client.csv(listUsage, {})).rejects.toMatchObject({ code: 'unexpected_response' });
  await expect(client.csv(readConfig, { name: 'a' })).rejects.toThrow('has no CSV');
});

test('a refusal is an error with the code, the status and the words of the gateway', async () => {
  const error = {
    message: 'It was changed.',
    type: 'invalid_request_error',
    code: 'revision_conflict',
    param: 'if-match',
  };
  const headers = { 'x-request-id': 'r1' };
  const { client } = startClient(Response.json({ error }, { status: 412, headers }));
  const thrown: unknown = await client.call(readConfig, { name: 'cheap' }).catch((reason: unknown) => reason);
  expect(thrown).toBeInstanceOf(AdminApiError);
  expect(thrown).toMatchObject({
    code: 'revision_conflict',
    status: 412,
    message: 'It was changed.',
    param: 'if-match',
    requestId: 'r1',
  });
});

test.each([
  [new Response('<html>', { status: 502 }), 502],
  [Response.json({ error: 'no' }, { status: 500 }), 500],
  [Response.json({ name: 'cheap' }), 200],
  [new Response('not JSON'), 200],
])('what is not the admin API is not taken for it (%#)', async (response, status) => {
  const { client } = startClient(response);
  await expect(client.call(readConfig, { name: 'cheap' })).rejects.toMatchObject({
    name: 'AdminApiError',
    code: 'unexpected_response',
    status,
  });
});
