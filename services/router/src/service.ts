import { setTimeout as sleep } from 'node:timers/promises';
import { checkCredential } from '@weir/contracts/admin/credentials';
import { spendingLimits } from '@weir/contracts/cost/limits';
import { storedPrices } from '@weir/contracts/cost/prices';
import { environmentCredentials, providerCredentials } from '@weir/contracts/keys/credentials';
import { completeChat, listModels } from '@weir/contracts/router';
import { routingConfigs, targetHealth } from '@weir/contracts/routing/buckets';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { routerStatus } from '@weir/contracts/routing/insight';
import { usageStream } from '@weir/contracts/usage-events';
import { createSealingPair, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import type { Logger } from '@weir/service-kit/logger';
import type { ServiceDefinition, ServiceDependencies } from '@weir/service-kit/service';
import { PriceBook } from '@weir/pricing/price-book';
import type { AdmissionParts } from './admission/admission-parts.ts';
import { createAdmission } from './admission/create-admission.ts';
import { Upstreams } from './adapters/upstreams.ts';
import { configSchema, type RouterConfig } from './config.ts';
import { ConfigLibrary } from './configs/config-library.ts';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { RealKeyCache } from './credentials/real-key-cache.ts';
import { createRequestRealKey } from './credentials/request-real-key.ts';
import { StoredCredentials } from './credentials/stored-credentials.ts';
import { createPrices } from './domain/prices.ts';
import { TenantCatalogues } from './domain/tenant-catalogues.ts';
import { TenantProviders } from './domain/tenant-providers.ts';
import { HealthRegistry } from './health/health-registry.ts';
import { createProxyFor } from '@weir/service-kit/outbound/proxy';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { createCheckCredential } from './endpoints/check-credential.ts';
import { createCompleteChat } from './endpoints/complete-chat.ts';
import { createDryRunRouting } from './endpoints/dry-run-routing.ts';
import { createEnvironmentCredentials } from './endpoints/environment-credentials.ts';
import { createListModels } from './endpoints/list-models.ts';
import { createRouterStatus } from './endpoints/router-status.ts';
import { createEngine } from './engine/create-engine.ts';
import { Mirrors } from './engine/mirrors.ts';
import { byOwnClock, type HealthStore } from './health/health-by-own-clock.ts';
import { createHealthMetrics } from './health/health-metrics.ts';
import { manifest } from './manifest.ts';
import { ModelDiscovery } from './model-discovery.ts';
import { ProviderDirectory } from './providers/directory.ts';
import { serveConfigs } from './serve-configs.ts';

type Dependencies = ServiceDependencies<RouterConfig>;

/** How long the first discovery of models is waited for: a provider may be down for long. */
const maxDiscoveryWaitMs = 3_000;

/** Decides which provider answers a chat, and turns it into that provider's answer. */
export const router: ServiceDefinition<RouterConfig> = {
  manifest,
  config: configSchema,
  async start(dependencies) {
    const { config, bus, logger, clock, secrets, shortages } = dependencies;
    announceProviders(config, logger);
    const hostPolicy = new HostPolicy(config.allowedHosts);
    const upstreams = new Upstreams({
      settings: config.upstream,
      hostPolicy,
      proxyFor: createProxyFor(config.proxy),
      secrets,
      shortages,
    });
    const credentialStore = await bus.store(providerCredentials);
    const credentials = new StoredCredentials({ store: credentialStore });
    const requestRealKey = createRequestRealKey({ bus, sealingPair: createSealingPair(), clock });
    const realKeys = new RealKeyCache({ request: requestRealKey, credentials, clock, logger });
    const finder = new ProviderDirectory({
      configured: config.providers,
      unkeyed: config.unkeyed,
      hostPolicy,
    });
    const providers = new TenantProviders({
      providers: [...config.providers, ...config.unkeyed],
      credentials,
      providerOf: (name) => finder.providerOfCredentials(name),
    });
    const catalogues = new TenantCatalogues({ providers });
    const discovery = new ModelDiscovery({
      catalogues,
      upstreams,
      realKeys,
      intervalMs: config.discoveryIntervalMs,
      clock,
      logger,
    });
    // A copy that serves before it knows the models would refuse what the others answer.
    const discovered = Promise.race([
      discovery.update(),
      sleep(maxDiscoveryWaitMs, undefined, { ref: false }),
    ]);
    credentials.onChange(() => {
      discovery.updateSoon();
    });
    await bus.ensureStream({
      ...usageStream,
      maxBytes: config.usageStreamMaxBytes,
      maxBytesSetting: 'WEIR_USAGE_STREAM_MAX_BYTES',
    });
    const [store, healthStore, limitsStore, priceStore] = await Promise.all([
      bus.store(routingConfigs),
      bus.store(targetHealth),
      bus.store(spendingLimits),
      bus.store(storedPrices),
    ]);
    await discovered;

    const health = createHealth(dependencies, healthStore);
    const book = new PriceBook();
    book.follow(priceStore);
    const admission = createAdmission({ ...dependencies, settings: config.admission, store: limitsStore });
    const engine = createEngine(dependencies, {
      admission,
      providers,
      catalogues,
      realKeys,
      upstreams,
      health,
      prices: createPrices({ book, clock }),
    });
    const mirrors = new Mirrors(engine);
    const { masterKeys } = config;
    const sealingKeys = sealingKeysOf(masterKeys);
    const configs = new ConfigLibrary({ store, finder, providers, masterKeys, sealingKeys, logger });
    const changeLog = createChangeLog({ bus, clock });
    bus.serveStream(completeChat, createCompleteChat({ configs, credentials, engine, mirrors }));
    bus.serve(listModels, createListModels(catalogues));
    bus.serve(dryRunRouting, createDryRunRouting({ configs, selector: engine.selector }));
    bus.serve(routerStatus, createRouterStatus({ configs, health }));
    bus.serve(environmentCredentials, createEnvironmentCredentials(config.demoUrl ? [] : config.providers));
    bus.serve(
      checkCredential,
      createCheckCredential({
        store: credentialStore,
        providers,
        requestRealKey,
        upstreams,
        changeLog,
        logger,
      }),
    );
    serveConfigs(bus, { configs, store, finder, providers, changeLog, masterKeys, sealingKeys, clock });
    return {
      missing: async () => missingLimits(admission),
      async stop() {
        discovery.stop();
        mirrors.stop();
        realKeys.stop();
      },
      // Until the last stream has ended, its hold is renewed.
      async close() {
        admission.heldAttempts.stop();
      },
    };
  },
};

function missingLimits({ limits, settings }: AdmissionParts): string[] {
  if (limits.areKnown || settings.onFailure === 'open') return [];
  return ['the limits on spending, which the cost service publishes'];
}

function createHealth(
  { instance, clock, logger, metrics, shortages }: Dependencies,
  store: HealthStore,
): HealthRegistry {
  const healthMetrics = createHealthMetrics(metrics);
  const health = new HealthRegistry({
    store: byOwnClock({ store, instance, clock }),
    instance,
    clock,
    random: Math.random,
    logger,
    shortages,
    onTransition: ({ provider }, to) => {
      healthMetrics.transition(provider, to);
    },
  });
  healthMetrics.watchTargets(() => health.list());
  return health;
}

function announceProviders({ demoUrl, providers }: RouterConfig, logger: Logger): void {
  if (demoUrl !== undefined) {
    logger.warn('no provider is configured: the demo provider answers, with made-up text');
  } else if (providers.length === 0) {
    logger.warn(
      'no provider is configured: set a key, as OPENAI_API_KEY, or store one, or set WEIR_PROVIDERS_FILE',
    );
  } else {
    logger.info({ providers: providers.map(({ name }) => name) }, 'providers are configured');
  }
}
