import { targetHealth } from '@weir/contracts/routing/buckets';
import { routingConfigSchema, strategySchema } from '@weir/contracts/routing/config';
import { PriceBook } from '@weir/pricing/price-book';
import { createPrices } from '@weir/router/domain/prices';
import { TenantCatalogues } from '@weir/router/domain/tenant-catalogues';
import { TenantProviders } from '@weir/router/domain/tenant-providers';
import { HealthRegistry } from '@weir/router/health/health-registry';
import { LoadTracker } from '@weir/router/domain/health/load-tracker';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { compileConfig } from '@weir/router/domain/routing/compile';
import { TargetSelector, type RoutingRequest } from '@weir/router/domain/routing/target-selector';
import { demoProviders } from '@weir/router/providers/demo';
import { ProviderDirectory } from '@weir/router/providers/directory';
import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { MemoryStore } from '@weir/testkit/memory-store';
import type { Measure } from '../report.ts';
import { median } from '../statistics.ts';

const decisionsPerRound = 20_000;
const rounds = 9;

const withoutBalancing: ReadonlySet<string> = new Set(['single', 'fallback', 'conditional']);

/** Every mode that balances, so also one that is added: each with five targets of its own, 20 in all today. */
const modes = strategySchema.shape.mode.options.filter((mode) => !withoutBalancing.has(mode));

const fiveTargets = ['gpt-5', 'gpt-5-mini', 'gpt-4.1', 'gpt-4o', 'gpt-4o-mini'].map((model, index) => ({
  provider: 'openai',
  weight: index + 1,
  override_params: { model },
}));

const nested = {
  strategy: {
    mode: 'conditional',
    conditions: [
      { query: { 'metadata.plan': { $eq: 'free' } }, then: 'none' },
      {
        query: { $or: [{ 'metadata.plan': { $in: ['pro', 'team'] } }, { 'params.n': { $gt: 1 } }] },
        then: 'all',
      },
    ],
  },
  targets: [
    { name: 'none', provider: 'anthropic' },
    {
      name: 'all',
      strategy: { mode: 'loadbalance' },
      targets: modes.map((mode) => ({ strategy: { mode }, targets: fiveTargets })),
    },
  ],
};

/** What it takes to decide which target a request goes to: the engine alone, without the bus and without any provider. */
export function measureRouting(): Measure[] {
  const selector = createSelector();
  const providers = demoProviders('http://127.0.0.1:1');
  const finder = new ProviderDirectory({ configured: providers, hostPolicy: new HostPolicy([]) });
  const request: RoutingRequest = {
    config: compileConfig(routingConfigSchema.parse(nested), finder),
    chat: { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Say hello to the benchmark.' }] },
    metadata: { plan: 'pro', user: 'ana' },
    tenant: 'default',
  };
  const timesUs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begunMs = performance.now();
    for (let i = 0; i < decisionsPerRound; i++) {
      if (!selector.plan(request).first()) throw new Error('no target was chosen: the figure means nothing');
    }
    timesUs.push((1_000 * (performance.now() - begunMs)) / decisionsPerRound);
  }
  // The first rounds are those in which the code is still being compiled.
  const value = median(timesUs.slice(2));
  return [{ name: 'routing.decision_us', value, unit: 'us', better: 'lower', target: 10 }];
}

function createSelector(): TargetSelector {
  const logger = createLogger({ service: 'router', instance: 'bench', level: 'silent' });
  const [clock, random] = [systemClock, Math.random];
  const providers = new TenantProviders({ providers: demoProviders('http://127.0.0.1:1') });
  return new TargetSelector({
    providers,
    catalogues: new TenantCatalogues({ providers }),
    health: new HealthRegistry({
      store: new MemoryStore(targetHealth),
      instance: 'bench',
      clock,
      random,
      logger,
      onTransition: () => undefined,
    }),
    load: new LoadTracker({ nowMs: () => performance.now() }),
    prices: createPrices({ book: new PriceBook(), clock }),
    defaultOutputTokens: 16_384,
    clock,
    random,
  });
}
