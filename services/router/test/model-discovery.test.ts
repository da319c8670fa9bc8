import { createLogger } from '@weir/service-kit/logger';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { Catalogue } from '../src/domain/catalogue.ts';
import { HostPolicy } from '../src/domain/host-policy.ts';
import type { Provider } from '../src/domain/provider.ts';
import { ModelDiscovery } from '../src/model-discovery.ts';
import { toCredential } from '../src/providers/credential.ts';
import { demoProviders } from '../src/providers/demo.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());

/** The discovery of these providers' models, and its waits, which end when the test says so. */
function discoveryOf(providers: readonly Provider[]) {
  const catalogue = new Catalogue(providers);
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
  const discovery = new ModelDiscovery({ catalogue, upstreams, intervalMs: 10_000, clock, logger });
  return { catalogue, discovery, waits };
}

const discovering = (url: string) => demoProviders(url).map((each) => ({ ...each, discoversModels: true }));

/** The demo's OpenAI alone. */
const oneAt = (url: string) => discovering(url).slice(0, 1);

test('each kind of provider is asked for its models in its own way', async () => {
  const providers = discovering(provider.url).map((each) => ({ ...each, models: [] }));
  const { catalogue, discovery, waits } = discoveryOf(providers);
  expect(catalogue.list()).toEqual([]);
  await discovery.start();
  const owners = new Set(catalogue.list().map(({ owned_by: owner }) => owner));
  expect(owners).toEqual(new Set(['openai', 'anthropic', 'ollama']));
  expect(waits.map(({ ms }) => ms)).toEqual([10_000, 10_000, 10_000]);
  discovery.stop();
});

test('a provider that does not answer keeps what is known of it, and is asked again soon, then less and less', async () => {
  const { catalogue, discovery, waits } = discoveryOf(oneAt(await refusedUrl()));
  await discovery.start();
  for (let asked = 1; asked < 4; asked++) {
    waits.at(-1)?.end();
    await vi.waitFor(() => {
      expect(waits).toHaveLength(asked + 1);
    });
  }
  expect(waits.map(({ ms }) => ms)).toEqual([2_000, 4_000, 8_000, 10_000]);
  expect(catalogue.resolve('gpt-4o').provider.name).toBe('openai');
  expect(() => catalogue.resolve('nope')).toThrow(expect.objectContaining({ code: 'service_unavailable' }));
  discovery.stop();
});

test('a host without a list is taken at what is known of it', async () => {
  const { catalogue, discovery } = discoveryOf(oneAt(`${provider.url}/elsewhere`));
  await discovery.start();
  expect(() => catalogue.resolve('nope')).toThrow(expect.objectContaining({ code: 'model_not_found' }));
  expect(catalogue.resolve('gpt-4o').provider.name).toBe('openai');
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
  await discovery.start();
  expect(catalogue.list().map(({ id }) => id)).toEqual(['listed']);
  expect(host.requests).toHaveLength(2);
  discovery.stop();
});

test('a discovery that was stopped asks nobody again', async () => {
  const { discovery, waits } = discoveryOf(oneAt(provider.url));
  const started = discovery.start();
  discovery.stop();
  await started;
  expect(waits).toEqual([]);
});
