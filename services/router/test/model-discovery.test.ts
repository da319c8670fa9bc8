import { createLogger } from '@weir/service-kit/logger';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { Catalogue } from '../src/domain/catalogue.ts';
import type { Provider } from '../src/domain/provider.ts';
import { startModelDiscovery } from '../src/model-discovery.ts';
import { demoProviders } from '../src/providers/demo.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());

/** Discovers at once, and again whenever `tick` is called. */
function discover(providers: readonly Provider[]) {
  const catalogue = new Catalogue(providers);
  let tick: () => void = () => undefined;
  const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });
  const warn = vi.spyOn(logger, 'warn');
  const upstreams = new Upstreams({
    connectTimeoutMs: 1_000,
    firstByteTimeoutMs: 1_000,
    idleTimeoutMs: 1_000,
    keepAliveMs: 1_000,
    maxAnswerBytes: 1_000_000,
  });
  const clock = {
    nowMs: Date.now,
    every(_: number, task: () => void) {
      tick = task;
      return () => undefined;
    },
  };
  const stop = startModelDiscovery({ catalogue, upstreams, intervalMs: 1, clock, logger });
  return {
    catalogue,
    warn,
    stop,
    tick() {
      tick();
    },
  };
}

test('each kind of provider is asked for its models in its own way', async () => {
  const providers = demoProviders(provider.url).map((each) => ({
    ...each,
    models: [],
    discoversModels: true,
  }));
  const { catalogue, stop } = discover(providers);
  expect(catalogue.list()).toEqual([]);
  await vi.waitFor(() => {
    const owners = new Set(catalogue.list().map(({ owned_by: owner }) => owner));
    expect(owners).toEqual(new Set(['openai', 'anthropic', 'ollama']));
  });
  stop();
});

test('a provider that does not answer keeps the list it had', async () => {
  const [first] = demoProviders(await refusedUrl());
  if (!first) throw new Error('There is no demo provider.');
  const discovery = discover([{ ...first, discoversModels: true }]);
  const { catalogue, warn, stop } = discovery;
  await vi.waitFor(() => {
    expect(warn).toHaveBeenCalledTimes(1);
  });
  discovery.tick();
  await vi.waitFor(() => {
    expect(warn).toHaveBeenCalledTimes(2);
  });
  expect(catalogue.resolve('gpt-4o').provider.name).toBe('openai');
  stop();
});
