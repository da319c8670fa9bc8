import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { RequestOf } from '../descriptors.ts';
import { adminApi } from './admin-api.ts';
import { adminEndpoint, adminScopes, type InputOf } from './admin-endpoint.ts';
import { expectedRevisionSchema, idempotencyKeySchema, pageFields, pageOf } from './fields.ts';
import { listConfigs, writeConfig } from './routing-configs.ts';

const reply = z.object({ id: z.string() });
const shape = { reply, timeoutMs: 1_000 };
const http = { scope: 'keys', summary: 'Do it' } as const;
const request = z.object({
  id: z.string(),
  note: z.string(),
  dry: z.string().optional(),
  expectedRevision: expectedRevisionSchema,
  idempotencyKey: idempotencyKeySchema,
});

const keysOf = (schema: z.ZodType | undefined) =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;

test('what is not in the path is the body of what changes, and headers are in neither', () => {
  const { http: route } = adminEndpoint('keys.annotate', {
    ...shape,
    request,
    http: { ...http, method: 'POST', path: '/keys/:id/note' },
  });
  expect(route.path).toBe('/admin/v1/keys/:id/note');
  expect([route.params, route.query, route.body].map(keysOf)).toEqual([['id'], undefined, ['note', 'dry']]);
  expect(route).toMatchObject({
    takesRevision: true,
    takesIdempotencyKey: true,
    hasRevision: false,
    isPaged: false,
  });
});

test('it is the query of what reads or deletes', () => {
  for (const method of ['GET', 'DELETE'] as const) {
    const route = adminEndpoint('keys.search', {
      ...shape,
      request,
      http: { ...http, method, path: '/keys/:id' },
    });
    expect([route.http.params, route.http.query, route.http.body].map(keysOf)).toEqual([
      ['id'],
      ['note', 'dry'],
      undefined,
    ]);
  }
});

test('a contract may say which fields are the query of what changes, or that one field is the whole body', () => {
  const withQuery = adminEndpoint('keys.change', {
    ...shape,
    request,
    http: { ...http, method: 'PATCH', path: '/keys/:id', query: ['dry'] },
  });
  expect([withQuery.http.query, withQuery.http.body].map(keysOf)).toEqual([['dry'], ['note']]);
  const whole = adminEndpoint('keys.replace', {
    ...shape,
    request,
    http: { ...http, method: 'PUT', path: '/keys/:id', body: 'note' },
  });
  expect(whole.http.body).toBe(request.shape.note);
  expect(keysOf(whole.http.query)).toEqual(['dry']);
});

test('a field that the path names and the request has not is found where the contract is loaded', () => {
  expect(() =>
    adminEndpoint('keys.misspelt', {
      ...shape,
      request,
      http: { ...http, method: 'GET', path: '/keys/:name' },
    }),
  ).toThrow('The request has no field name.');
});

test('a secret is open in what an admin gives, and a text on the bus', () => {
  expectTypeOf<InputOf<typeof writeConfig>>().toMatchObjectType<{
    config: Record<string, unknown>;
    name: string;
  }>();
  expectTypeOf<RequestOf<typeof writeConfig>>().toMatchObjectType<{ sealedConfig: string; name: string }>();
  expect(keysOf(writeConfig.input)).toEqual(['name', 'config', 'expectedRevision']);
  expect(keysOf(writeConfig.request)).toEqual(['name', 'sealedConfig', 'expectedRevision']);
});

test('a reply that has a revision, and a list that has pages, are known by their fields', () => {
  expect(writeConfig.http.hasRevision).toBe(true);
  expect(listConfigs.http).toMatchObject({ hasRevision: false, isPaged: true });
  const list = adminEndpoint('keys.list', {
    request: z.object(pageFields),
    reply: pageOf(reply),
    timeoutMs: 1_000,
    http: { ...http, method: 'GET', path: '/keys' },
  });
  expect(list.request.parse({ limit: '7' })).toEqual({ limit: 7 });
  expect(list.request.parse({})).toEqual({ limit: 50 });
});

test('no two contracts of the admin API have the same name or the same route', () => {
  for (const idOf of [
    ({ name }: (typeof adminApi)[number]) => name,
    ({ http: { method, path } }: (typeof adminApi)[number]) => `${method} ${path.replace(/:\w+/g, ':')}`,
  ]) {
    expect(new Set(adminApi.map(idOf)).size).toBe(adminApi.length);
  }
  for (const { http: route } of adminApi) expect(adminScopes).toContain(route.scope);
});
