import { beforeEach, describe, expect, test, vi } from 'vitest';
import { adminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import {
  expectedRevisionSchema,
  idempotencyKeySchema,
  pageFields,
  pageOf,
} from '@weir/contracts/admin/fields';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import { openSealed } from '@weir/service-kit/crypto/sealed-box';
import { z } from 'zod';
import { askAdmin, startAdmin, type AdminQuestion } from './admin-harness.ts';
import type { Ingress } from './harness.ts';
import { newKeys, oldKeys } from './sealing-keys.ts';

/** A service that is not there yet, by its contracts: nothing in the ingress knows of it. */
const credential = z.object({ id: z.string(), provider: z.string(), revision: z.int() });

const createCredential = adminEndpoint('keys.create-credential', {
  request: z.object({
    provider: z.string().min(1),
    sealedSecret: z.string(),
    labels: z.array(z.string()).default([]),
    idempotencyKey: idempotencyKeySchema,
  }),
  reply: credential,
  timeoutMs: 1_000,
  http: {
    method: 'POST',
    path: '/credentials',
    scope: 'credentials',
    summary: 'Keep a key of a provider',
    maxBodyBytes: 1_024,
    sealed: { field: 'secret', as: 'sealedSecret', schema: z.strictObject({ key: z.string() }) },
    audit: 'credential.create',
  },
});

const rotateCredential = adminEndpoint('keys.rotate-credential', {
  request: z.object({ id: z.string(), expectedRevision: expectedRevisionSchema }),
  reply: credential,
  timeoutMs: 1_000,
  http: {
    method: 'POST',
    path: '/credentials/:id/rotate',
    scope: 'credentials',
    summary: 'Rotate it',
    audit: 'credential.rotate',
  },
});

const listCredentials = adminEndpoint('keys.list-credentials', {
  request: z.object({ ...pageFields, provider: z.string().optional() }),
  reply: pageOf(credential),
  timeoutMs: 1_000,
  http: { method: 'GET', path: '/credentials', scope: 'credentials', summary: 'List them' },
});

const contracts = [createCredential, rotateCredential, listCredentials];
const kept = { id: 'c1', provider: 'openai', revision: 4 };

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin({ adminContracts: contracts });
  ingress.bus.answer(sealingKeyOf('keys'), () => ({ publicKey: oldKeys.publicKey }));
  ingress.bus.answer(createCredential, () => kept);
  ingress.bus.answer(rotateCredential, () => kept);
  ingress.bus.answer(listCredentials, () => ({ data: [kept], has_more: false, next: null }));
});

const ask = (method: string, path: string, question?: AdminQuestion) =>
  askAdmin(ingress, method, path, question);

const body = { provider: 'openai', secret: { key: 'sk-canary' } };

describe('a route that is a contract and nothing else', () => {
  test('is served: its fields come from body and headers, its reply is the answer', async () => {
    const response = await ask('POST', '/credentials', { body, headers: { 'idempotency-key': 'once-1' } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(kept);
    expect(response.headers.get('etag')).toBe('"4"');
    const [asked] = ingress.bus.askedOf(createCredential);
    const sealedSecret: unknown = expect.any(String);
    expect(asked).toEqual({ provider: 'openai', labels: [], idempotencyKey: 'once-1', sealedSecret });
  });

  test('sends its secret sealed to the service that it belongs to', async () => {
    await ask('POST', '/credentials', { body });
    const [asked] = ingress.bus.askedOf(createCredential);
    expect(openSealed(asked?.sealedSecret ?? '', oldKeys)).toBe('{"key":"sk-canary"}');
    expect(JSON.stringify(ingress.bus.asked)).not.toContain('sk-canary');
    expect(ingress.bus.asked.map(({ endpoint }) => endpoint)).toEqual([
      'keys.sealing-key',
      'keys.create-credential',
    ]);
  });

  test('is asked once more where the service has changed its key, and no third time', async () => {
    await ask('POST', '/credentials', { body });
    ingress.bus.answer(sealingKeyOf('keys'), () => ({ publicKey: newKeys.publicKey }));
    let opened = 0;
    ingress.bus.answer(createCredential, ({ sealedSecret }) => {
      openSealed(sealedSecret, newKeys);
      opened++;
      return kept;
    });
    expect((await ask('POST', '/credentials', { body })).status).toBe(200);
    expect(opened).toBe(1);

    ingress.bus.answer(createCredential, ({ sealedSecret }) => openSealed(sealedSecret, oldKeys));
    const before = ingress.bus.askedOf(createCredential).length;
    expect((await ask('POST', '/credentials', { body })).status).toBe(503);
    expect(ingress.bus.askedOf(createCredential).length - before).toBe(2);
  });

  test('is one line in the log of changes, which holds its path and no body', async () => {
    ingress.logger.level = 'info';
    const info = vi.spyOn(ingress.logger, 'info').mockImplementation(() => undefined);
    await ask('POST', '/credentials', { body });
    await ask('POST', '/credentials/c1/rotate');
    await ask('GET', '/credentials');
    const requestId: unknown = expect.any(String);
    expect(info.mock.calls.filter(([, message]) => message === 'admin').map(([line]) => line)).toEqual([
      { action: 'credential.create', revision: 4, admin: 'environment', requestId },
      { action: 'credential.rotate', id: 'c1', revision: 4, admin: 'environment', requestId },
    ]);
    expect(JSON.stringify(info.mock.calls)).not.toContain('canary');
  });

  test('is paged, and takes what else its query may hold', async () => {
    expect((await ask('GET', '/credentials?provider=openai&after=c0')).status).toBe(200);
    expect(ingress.bus.askedOf(listCredentials)).toEqual([{ limit: 50, after: 'c0', provider: 'openai' }]);
    expect((await ask('GET', '/credentials?limit=501')).status).toBe(400);
    expect((await ask('GET', '/credentials?colour=red')).status).toBe(400);
  });

  test('that has nothing to say in a body needs none', async () => {
    expect((await ask('POST', '/credentials/c1/rotate', { headers: { 'if-match': '"3"' } })).status).toBe(
      200,
    );
    expect(ingress.bus.askedOf(rotateCredential)).toEqual([{ id: 'c1', expectedRevision: 3 }]);
  });

  test.each([
    [{ ...body, secret: 'sk-canary' }, {}, 'invalid_request', 'secret'],
    [{ ...body, secret: undefined }, {}, 'invalid_request', 'secret'],
    [{ ...body, sealedSecret: 'x' }, {}, 'invalid_request', 'sealedSecret'],
    [{ ...body, idempotencyKey: 'x' }, {}, 'invalid_request', 'idempotencyKey'],
    [body, { 'idempotency-key': 'two words' }, 'invalid_header', 'idempotency-key'],
    [body, { 'idempotency-key': 'x'.repeat(256) }, 'invalid_header', 'idempotency-key'],
  ] as [object, Record<string, string>, string, string][])(
    '%j with %j is a 400 that names what is wrong (%s)',
    async (wrong, headers, code, param) => {
      const response = await ask('POST', '/credentials', { body: wrong, headers });
      expect(response.status).toBe(400);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ error: { code, param } });
      expect(text).not.toContain('canary');
      expect(ingress.bus.asked).toEqual([]);
    },
  );

  test('has the largest body that its contract says', async () => {
    const response = await ask('POST', '/credentials', { body: { ...body, labels: ['x'.repeat(1_024)] } });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { message: 'The body is larger than 1 KiB.' } });
  });

  test('is documented, in the words of its contract', async () => {
    const document: unknown = await (await fetch(`${ingress.url}/openapi.json`)).json();
    expect(document).toMatchObject({
      paths: {
        '/admin/v1/credentials': {
          post: {
            operationId: 'createCredential',
            summary: 'Keep a key of a provider',
            tags: ['credentials'],
            'x-weir-scope': 'credentials',
            parameters: [{ name: 'Idempotency-Key', in: 'header' }],
          },
        },
      },
      components: {
        schemas: {
          CreateCredentialBody: { properties: { secret: { properties: { key: { type: 'string' } } } } },
        },
      },
    });
    expect(JSON.stringify(document)).not.toContain('sealedSecret');
  });
});
