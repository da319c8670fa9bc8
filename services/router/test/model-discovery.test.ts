import { createLogger } from '@weir/service-kit/logger';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Provider } from '../src/domain/provider.ts';
import { noStoredCredentials, type StoredCredentialIndex } from '../src/domain/stored-credential-index.ts';
import { TenantCatalogues } from '../src/domain/tenant-catalogues.ts';
import { TenantProviders } from '../src/domain/tenant-providers.ts';
import { ModelDiscovery } from '../src/model-discovery.ts';
import { toCredential } from '../src/providers/credential.ts';
import { demoProviders } from '../src/providers/demo.ts';
import { aCredential, credentialIndex } from './credential-index.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());

const realKeys = { open: ({ id }: { id: string }) => Promise.resolve(toCredential(`sk-${id}`)) };

/** The discovery of these providers' models, and its waits, which end when the test says so. */
function discoveryOf(
  providers: readonly Provider[],
  credentials: StoredCredentialIndex = noStoredCredentials,
) {
  const catalogues = new TenantCatalogues({ providers: new TenantProviders({ providers, credentials }) });
  const waits: { ms: number; end: () => void }[] = [];
  const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });
  const upstreams = new Upstreams({
    settings: upstreamSettings,
    hostPolicy: new HostPolicy([]),
  });
  const clock = {
    nowMs: Date.now,
    every: () => () => undefined,
    after(ms: number, end: () => void) {
      waits.push({ ms, end });
      return () => undefined;
    },
  };
  const discovery = new ModelDiscovery({
    catalogues,
    upstreams,
    realKeys,
    intervalMs: 10_000,
    clock,
    logger,
  });
  return { catalogues, discovery, waits, catalogue: () => catalogues.of('default') };
}

const discovering = (url: string) => demoProviders(url).map((each) => ({ ...each, discoversModels: true }));

/** The demo's OpenAI alone. */
const oneAt = (url: string) => discovering(url).slice(0, 1);

test('each kind of provider is asked for its models in its own way', async () => {
  const providers = discovering(provider.url).map((each) => ({ ...each, models: [] }));
  const { catalogue, discovery, waits } = discoveryOf(providers);
  expect(catalogue().list()).toEqual([]);
  await discovery.update();
  const owners = new Set(
    catalogue()
      .list()
      .map(({ owned_by: owner }) => owner),
  );
  expect(owners).toEqual(new Set(['openai', 'anthropic', 'ollama']));
  expect(waits.map(({ ms }) => ms)).toEqual([10_000, 10_000, 10_000]);
  discovery.stop();
});

test('a provider that does not answer keeps what is known of it, and is asked again soon, then less and less', async () => {
  const { catalogue, discovery, waits } = discoveryOf(oneAt(await refusedUrl()));
  await discovery.update();
  for (let asked = 1; asked < 4; asked++) {
    waits.at(-1)?.end();
    await vi.waitFor(() => {
      expect(waits).toHaveLength(asked + 1);
    });
  }
  expect(waits.map(({ ms }) => ms)).toEqual([2_000, 4_000, 8_000, 10_000]);
  expect(catalogue().resolve('gpt-4o').provider.name).toBe('openai');
  expect(() => catalogue().resolve('nope')).toThrow(expect.objectContaining({ code: 'service_unavailable' }));
  discovery.stop();
});

test('a host without a list is taken at what is known of it', async () => {
  const { catalogue, discovery } = discoveryOf(oneAt(`${provider.url}/elsewhere`));
  await discovery.update();
  expect(() => catalogue().resolve('nope')).toThrow(expect.objectContaining({ code: 'model_not_found' }));
  expect(catalogue().resolve('gpt-4o').provider.name).toBe('openai');
  discovery.stop();
});

test('a provider that refuses one credential is asked with the next', async () => {
  const host = await startHost((request, response) => {
    if (request.headers.authorization !== 'Bearer good') response.writeHead(401).end('{}');
    else response.end('{"data":[{"id":"listed"}]}');
  });
  const credentials = ['revoked', 'good', 'spare'].map(toCredential);
  const { catalogue, discovery } = discoveryOf([
    hostProvider(host.url, { credentials, discoversModels: true }),
  ]);
  await discovery.update();
  expect(
    catalogue()
      .list()
      .map(({ id }) => id),
  ).toEqual(['listed']);
  expect(host.requests).toHaveLength(2);
  discovery.stop();
});

test('a discovery that was stopped asks nobody again', async () => {
  const { discovery, waits } = discoveryOf(oneAt(provider.url));
  const started = discovery.update();
  discovery.stop();
  await started;
  expect(waits).toEqual([]);
});

test('a list without an envelope, of another type, is a list', async () => {
  const host = await startHost((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('[{"id":"llama","context_length":8}]');
  });
  const { catalogue, discovery } = discoveryOf([hostProvider(`${host.url}/v1`, { discoversModels: true })]);
  await discovery.update();
  expect(catalogue().resolve('llama').model).toMatchObject({ contextTokens: 8 });
  expect(host.requests.map(({ url }) => url)).toEqual(['/v1/models']);
  discovery.stop();
});

test('no provider is followed elsewhere, waited for without end, or read without bound, and none is asked twice', async () => {
  const redirecting = await startHost((_request, response) => {
    response.writeHead(302, { location: `${provider.url}/v1/models` }).end();
  });
  const endless = await startHost((_request, response) => {
    response.writeHead(200);
    const write = () => response.write('x'.repeat(64 * 1024), () => !response.destroyed && write());
    write();
  });
  for (const host of [redirecting, endless]) {
    for (const dialect of ['openai', 'anthropic', 'ollama'] as const) {
      const { catalogue, discovery } = discoveryOf([
        hostProvider(host.url, { dialect, discoversModels: true }),
      ]);
      await discovery.update();
      expect(catalogue().list()).toEqual([]);
      discovery.stop();
    }
    expect(host.requests).toHaveLength(3);
  }
});

test('listings follow stored credentials: new ones are asked for, changed ones again, and gone ones are forgotten', async () => {
  const host = await startHost((request, response) => {
    response.end(JSON.stringify({ data: [{ id: `of ${request.headers.authorization}` }] }));
  });
  const index = credentialIndex();
  const openai = hostProvider(host.url, {
    name: 'openai',
    discoversModels: true,
    needsStoredCredential: true,
  });
  const { catalogues, discovery } = discoveryOf([openai], index);
  const idsOf = (tenant: string) =>
    catalogues
      .of(tenant)
      .list()
      .map(({ id }) => id);
  await discovery.update();
  expect(host.requests).toEqual([]);
  index.add(aCredential('own', { organisation: 'acme' }));
  await discovery.update();
  expect(idsOf('acme')).toEqual(['of Bearer sk-own']);
  expect(idsOf('rival')).toEqual([]);
  await discovery.update();
  expect(host.requests).toHaveLength(1);
  index.add(aCredential('own', { organisation: 'acme', version: 2, digest: 'another' }));
  await discovery.update();
  expect(host.requests).toHaveLength(2);
  index.remove('own');
  await discovery.update();
  index.add(aCredential('own', { organisation: 'acme' }));
  expect(idsOf('acme')).toEqual([]);
  discovery.stop();
});

test("a model's name that is no line of visible characters, or repeats a key, is not listed", async () => {
  const key = 'no-form-0123456789abcdef';
  const ids = [
    'good',
    'models/also good:7b',
    `x${key}`,
    Buffer.from(key).toString('hex'),
    'a\u009bb',
    'a\nb',
    'a\u202eb',
  ];
  const data = [...ids, 'x'.repeat(300)].map((id) => ({ id, object: 'model' }));
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ object: 'list', data }));
  });
  const provider = hostProvider(host.url, {
    discoversModels: true,
    credentials: [toCredential(key)],
    models: [],
  });
  const { catalogue, discovery } = discoveryOf([provider]);
  await discovery.update();
  expect(
    catalogue()
      .list()
      .map(({ id }) => id),
  ).toEqual(['good', 'also good:7b']);
  discovery.stop();
});
