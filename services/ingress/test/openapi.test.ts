import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { adminApi } from '@weir/contracts/admin/admin-api';
import { z } from 'zod';
import { adminKey, startAdmin } from './admin-harness.ts';
import { startIngress, type Ingress } from './harness.ts';

const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean() })).default([]),
  requestBody: z.looseObject({}).optional(),
  responses: z.record(z.string(), z.looseObject({})),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  'x-weir-scope': z.string().optional(),
});

const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

async function readDocument({ url }: Ingress) {
  const response = await fetch(`${url}/openapi.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  return documentSchema.parse(await response.json());
}

test('the document is valid OpenAPI 3.1, and is read without a key', async () => {
  const document = await readDocument(await startAdmin());
  expect(document.openapi).toBe('3.1.0');
  const { valid, errors } = await new Validator().validate(document);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test('every reference leads somewhere, and every id is one of its own', async () => {
  const document = await readDocument(await startAdmin());
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = '']) => pointer));
  expect(references.size).toBeGreaterThan(5);
  for (const pointer of references) {
    const found = pointer
      .slice(1)
      .split('/')
      .reduce<unknown>(
        (at, key) => (typeof at === 'object' && at !== null ? (Reflect.get(at, key) as unknown) : undefined),
        document,
      );
    expect(found, pointer).toBeDefined();
  }
  const ids = Object.values(document.paths).flatMap((ofPath) =>
    Object.values(ofPath).map((op) => op.operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test('every contract of the admin API is in it, with all of its parts', async () => {
  const { paths } = await readDocument(await startAdmin());
  for (const { http } of adminApi) {
    const operation = paths[http.path.replace(/:(\w+)/g, '{$1}')]?.[http.method.toLowerCase()];
    expect(operation, http.path).toMatchObject({ summary: http.summary, 'x-weir-scope': http.scope });
    if (!operation) continue;
    expect(operation.security).toEqual([{ admin: [] }, { 'x-api-key': [] }, { 'api-key': [] }]);
    expect(Object.keys(operation.responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', 'default']),
    );
    expect(operation.requestBody !== undefined).toBe(http.body !== undefined);
    const places = (place: string) =>
      operation.parameters.filter((it) => it.in === place).map((it) => it.name);
    expect(places('path')).toEqual(Object.keys(http.params?.shape ?? {}));
    expect(places('query')).toEqual(Object.keys(http.query?.shape ?? {}));
    expect(places('header').includes('If-Match')).toBe(http.takesRevision);
  }
});

test('parameters say what they may be', async () => {
  const { paths } = await readDocument(await startAdmin());
  expect(paths['/admin/v1/configs']?.['get']?.parameters).toEqual([
    {
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    },
    {
      name: 'after',
      in: 'query',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[\\x21-\\x7e]*$' },
    },
  ]);
});

test('it tells what is served: no metrics where there are none', async () => {
  const publicPaths = [
    '/v1/chat/completions',
    '/v1/feedback',
    '/v1/models',
    '/v1/models/{model}',
    '/health',
    '/ready',
  ];
  const bare = await readDocument(await startIngress());
  const isPublic = (path: string) => !path.startsWith('/admin/');
  expect(Object.keys(bare.paths).filter(isPublic)).toEqual(publicPaths);
  const settings = { WEIR_EXPOSE_METRICS: 'true', WEIR_ADMIN_KEY: adminKey };
  const all = await readDocument(await startIngress(settings));
  expect(Object.keys(all.paths)).toEqual(
    expect.arrayContaining([...publicPaths, '/metrics', '/admin/v1/status']),
  );
  expect(JSON.stringify(all)).not.toContain(adminKey);
});
