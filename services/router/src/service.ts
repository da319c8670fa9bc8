import { setTimeout as sleep } from 'node:timers/promises';
import { completeChat, listModels } from '@weir/contracts/router';
import { routingConfigs, targetHealth } from '@weir/contracts/routing/buckets';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { routerStatus } from '@weir/contracts/routing/insight';
import { attemptMade, usageStream } from '@weir/contracts/usage-events';
import { sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import type { Logger } from '@weir/service-kit/logger';
import type { ServiceDefinition, ServiceDependencies } from '@weir/service-kit/service';
import { PriceTable } from './adapters/price-table.ts';
import { Upstreams } from './adapters/upstreams.ts';
import { routerConfigSchema, type RouterConfig } from './config.ts';
import { ConfigLibrary } from './configs/config-library.ts';
import { Catalogue } from './domain/catalogue.ts';
import { HealthRegistry } from './health/health-registry.ts';
import { LoadTracker } from './domain/health/load-tracker.ts';
import { RetryBudget } from './domain/routing/retry-budget.ts';
import { HostPolicy } from './domain/host-policy.ts';
import { TargetSelector } from './domain/routing/target-selector.ts';
import { createCompleteChat } from './endpoints/complete-chat.ts';
import { createDryRunRouting } from './endpoints/dry-run-routing.ts';
import { createListModels } from './endpoints/list-models.ts';
import { createRouterStatus } from './endpoints/router-status.ts';
import type { EngineDependencies } from './engine/engine-dependencies.ts';
import { Mirrors } from './engine/mirrors.ts';
import { createHealthMetrics } from './health/health-metrics.ts';
import { manifest } from './manifest.ts';
import { ModelDiscovery } from './model-discovery.ts';
import { ProviderDirectory } from './providers/directory.ts';
import { serveConfigs } from './serve-configs.ts';
import { createUpstreamMetrics } from './engine/upstream-metrics.ts';

type Dependencies = ServiceDependencies<RouterConfig>;

/** How long the first discovery of models is waited for: a provider may be down for long. */
const maxDiscoveryWaitMs = 3_000;

/** Decides which provider answers a chat, and turns it into that provider's answer. */
export const router: ServiceDefinition<RouterConfig> = {
  manifest,
  config: routerConfigSchema,
  async start(dependencies) {
    const { config, bus, logger, clock } = dependencies;
    announceProviders(config, logger);
    const hostPolicy = new HostPolicy(config.allowedHosts);
    const upstreams = new Upstreams({ settings: config.upstream, hostPolicy });
    const catalogue = new Catalogue(config.providers);
    const discovery = new ModelDiscovery({
      catalogue,
      upstreams,
      intervalMs: config.discoveryIntervalMs,
      clock,
      logger,
    });
    // A copy that serves before it knows the models would refuse what the others answer.
    const discovered = Promise.race([
      discovery.start(),
      sleep(maxDiscoveryWaitMs, undefined, { ref: false }),
    ]);
    await bus.ensureStream({ ...usageStream, maxBytes: config.usageStreamMaxBytes });
    const [store, healthStore] = await Promise.all([bus.store(routingConfigs), bus.store(targetHealth)]);
    await discovered;

    const health = createHealth(dependencies, healthStore);
    const engine = createEngine(dependencies, { catalogue, upstreams, health });
    const mirrors = new Mirrors(engine);
    const finder = new ProviderDirectory({ configured: config.providers, hostPolicy });
    const { masterKeys } = config;
    const sealingKeys = sealingKeysOf(masterKeys);
    const configs = new ConfigLibrary({ store, finder, masterKeys, sealingKeys, logger });
    bus.serveStream(completeChat, createCompleteChat({ configs, engine, mirrors }));
    bus.serve(listModels, createListModels(catalogue));
    bus.serve(dryRunRouting, createDryRunRouting({ configs, selector: engine.selector }));
    bus.serve(routerStatus, createRouterStatus({ configs, health }));
    serveConfigs(bus, { configs, store, finder, masterKeys, sealingKeys, clock });
    return {
      async stop() {
        discovery.stop();
        mirrors.stop();
      },
    };
  },
};

function createHealth(
  { instance, clock, logger, metrics }: Dependencies,
  store: ConstructorParameters<typeof HealthRegistry>[0]['store'],
): HealthRegistry {
  const healthMetrics = createHealthMetrics(metrics);
  const health = new HealthRegistry({
    store,
    instance,
    clock,
    random: Math.random,
    logger,
    onTransition: ({ provider }, to) => {
      healthMetrics.transition(provider, to);
    },
  });
  healthMetrics.watchTargets(() => health.list());
  return health;
}

function createEngine(
  { config, bus, clock, logger, metrics }: Dependencies,
  { catalogue, upstreams, health }: { catalogue: Catalogue; upstreams: Upstreams; health: HealthRegistry },
): EngineDependencies {
  const nowMs = () => performance.now();
  const load = new LoadTracker({ nowMs });
  const { defaultOutputTokens } = config;
  const prices = new PriceTable(clock);
  const random = Math.random;
  return {
    selector: new TargetSelector({ catalogue, health, load, prices, defaultOutputTokens, clock, random }),
    upstreams,
    health,
    load,
    retryBudget: new RetryBudget({ nowMs }),
    report: (attempt) => {
      bus.publishDurable(attemptMade, attempt, `${attempt.requestId}:${attempt.attempt}`);
    },
    defaultOutputTokens,
    metrics: createUpstreamMetrics(metrics),
    clock,
    random,
    logger,
  };
}

function announceProviders({ demoUrl, providers }: RouterConfig, logger: Logger): void {
  if (demoUrl !== undefined) {
    logger.warn('no provider is configured: the demo provider answers, with made-up text');
  } else if (providers.length === 0) {
    logger.warn('no provider is configured: set a key, as OPENAI_API_KEY, or WEIR_PROVIDERS_FILE');
  } else {
    logger.info({ providers: providers.map(({ name }) => name) }, 'providers are configured');
  }
}
