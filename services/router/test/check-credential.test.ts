import { checkCredential } from '@weir/contracts/admin/credentials';
import type { ProviderCredential } from '@weir/contracts/keys/credentials';
import { Fault } from '@weir/service-kit/fault';
import { testEnvelope } from '@weir/testkit/envelope';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { expect, test } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Provider } from '../src/domain/provider.ts';
import { TenantProviders } from '../src/domain/tenant-providers.ts';
import { createCheckCredential } from '../src/endpoints/check-credential.ts';
import { silentLogger } from './config-admin.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';
import { aBucketEntry, aKeyCache } from './stored-keys.ts';

const real = 'sk-real-of-the-check';
const owner = { id: 'env', address: '192.0.2.1', sealingKey: 'X' };

/** The check of the one credential `c1`, which is for this provider. */
async function aCheck(provider: Provider, entry: Partial<ProviderCredential> = {}) {
  const { request, credentials, keys, store, clock } = aKeyCache();
  await store.put('c1', aBucketEntry({ provider: provider.name, ...entry }));
  keys.set('c1', real);
  const changes: unknown[] = [];
  const handler = createCheckCredential({
    store,
    providers: new TenantProviders({ providers: [provider], credentials }),
    requestRealKey: request,
    upstreams: new Upstreams({ settings: upstreamSettings, hostPolicy: new HostPolicy([]) }),
    changeLog: createChangeLog({ bus: { publishDurable: (_event, data) => changes.push(data) }, clock }),
    logger: silentLogger,
  });
  const check = async (id = 'c1', actor: object = owner) => {
    const envelope = { ...testEnvelope(), actor: { ...owner, ...actor } };
    const reply = await handler({ data: { id }, envelope, signal: new AbortController().signal });
    return checkCredential.reply.parse(reply);
  };
  return { check, keys, changes };
}

const bearer = (key: string) => `Bearer ${key}`;

/** Answers with a status, and quotes the key as providers do. */
const answering = (status: number) =>
  startHost((request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `No: ${request.headers.authorization}` } }));
  });

/** Lists its models to whoever has the key, or to everybody. */
const listing = (isPublic = false) =>
  startHost((request, response) => {
    const { authorization } = request.headers;
    response.writeHead(isPublic || authorization === bearer(real) ? 200 : 401);
    response.end('{"data":[{"id":"m"}]}');
  });

test('a key that the provider takes is accepted, by its list of models', async () => {
  const host = await listing();
  const { check, changes } = await aCheck(hostProvider(host.url));
  const reply = await check();
  expect(reply).toMatchObject({ id: 'c1', provider: 'host', accepted: true });
  expect(reply.latency_ms).toBeGreaterThan(0);
  expect(host.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /models', 'GET /models']);
  expect(changes).toMatchObject([
    {
      action: 'credential.check',
      target: { kind: 'credential', id: 'c1' },
      organisation: null,
      after: { accepted: true },
    },
  ]);
});

test('a list that everybody gets says nothing of a key', async () => {
  const { check } = await aCheck(hostProvider((await listing(true)).url));
  expect(await check()).toMatchObject({ accepted: null });
});

test('where a provider has a call for it, that is asked instead', async () => {
  const host = await startHost((_request, response) => response.end('{}'));
  const { check } = await aCheck(hostProvider(host.url, { keyCheckPath: 'key' }));
  expect(await check()).toMatchObject({ accepted: true });
  expect(host.requests.map(({ url }) => url)).toEqual(['/key']);
});

test.each([
  [401, false],
  [400, false],
  [403, null],
  [404, null],
  [429, null],
  [500, null],
  [302, null],
])('a provider that answers %i has accepted the key: %s, in our own words', async (status, accepted) => {
  const host = await answering(status);
  const { check, changes } = await aCheck(hostProvider(host.url));
  const reply = await check();
  expect(reply.accepted).toBe(accepted);
  expect(JSON.stringify([reply, changes])).not.toMatch(/sk-real|No:/);
});

test.each(['anthropic', 'ollama'] as const)("the %s dialect's own list is asked for", async (dialect) => {
  const host = await answering(401);
  const { check } = await aCheck(hostProvider(host.url, { dialect }));
  expect(await check()).toMatchObject({ accepted: false });
});

test('what cannot be asked is not known', async () => {
  const [unreachable, deployments] = [await refusedUrl(), 'http://127.0.0.1:1/openai/deployments/{model}'];
  for (const url of [unreachable, deployments]) {
    const { check } = await aCheck(hostProvider(url));
    expect(await check()).toMatchObject({ accepted: null });
  }
  const elsewhere = await aCheck(hostProvider('http://127.0.0.1:1'), { provider: 'nobody' });
  expect(await elsewhere.check()).toMatchObject({ accepted: null, provider: 'nobody' });
  const { check, keys } = await aCheck(hostProvider((await listing()).url));
  keys.failure = new Fault('service_unavailable');
  expect(await check()).toMatchObject({ accepted: null, detail: 'The key cannot be read at the moment.' });
});

test('a credential that is disabled is not used for a check either', async () => {
  const host = await listing();
  const { check } = await aCheck(hostProvider(host.url), { enabled: false });
  expect(await check()).toMatchObject({ accepted: null, detail: 'The credential is disabled.' });
  expect(host.requests).toEqual([]);
});

test("an organisation's admin reaches its own credentials alone", async () => {
  const notFound = { code: 'not_found', message: 'There is no such credential.' };
  const own = await aCheck(hostProvider((await listing()).url), { organisation: 'acme' });
  expect(await own.check('c1', { organisation: 'acme' })).toMatchObject({ accepted: true });
  await expect(own.check('c1', { organisation: 'rival' })).rejects.toMatchObject(notFound);
  const shared = await aCheck(hostProvider('http://127.0.0.1:1'));
  await expect(shared.check('c1', { organisation: 'acme' })).rejects.toMatchObject(notFound);
  await expect(shared.check('c2')).rejects.toMatchObject(notFound);
  expect(shared.changes).toEqual([]);
});
