import { setTimeout as sleep } from 'node:timers/promises';
import { completeChat, listModels } from '@weir/contracts/router';
import type { Logger } from '@weir/service-kit/logger';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { Upstreams } from './adapters/upstreams.ts';
import { routerConfigSchema, type RouterConfig } from './config.ts';
import { Catalogue } from './domain/catalogue.ts';
import { createCompleteChat } from './endpoints/complete-chat.ts';
import { createListModels } from './endpoints/list-models.ts';
import { ModelDiscovery } from './model-discovery.ts';
import { createUpstreamMetrics } from './upstream-metrics.ts';

/** How long the first discovery of models is waited for: a provider may be down for long. */
const maxDiscoveryWaitMs = 3_000;

/** Turns a chat into a provider's answer. */
export const router: ServiceDefinition<RouterConfig> = {
  name: 'router',
  description: 'Completes chats at the providers',
  config: routerConfigSchema,
  async start({ config, bus, logger, metrics, clock }) {
    const upstreams = new Upstreams(config.upstream);
    const catalogue = new Catalogue(config.providers);
    announceProviders(config, logger);
    const intervalMs = config.discoveryIntervalMs;
    const discovery = new ModelDiscovery({ catalogue, upstreams, intervalMs, clock, logger });
    const completions = createCompleteChat({
      catalogue,
      upstreams,
      defaultOutputTokens: config.defaultOutputTokens,
      metrics: createUpstreamMetrics(metrics),
      clock,
      logger,
    });
    // A copy that serves before it knows the models would refuse what the others answer.
    await Promise.race([discovery.start(), sleep(maxDiscoveryWaitMs, undefined, { ref: false })]);
    bus.serveStream(completeChat, completions);
    bus.serve(listModels, createListModels(catalogue));
    return {
      async stop() {
        discovery.stop();
      },
    };
  },
};

function announceProviders({ demoUrl, providers }: RouterConfig, logger: Logger): void {
  if (demoUrl !== undefined) {
    logger.warn('no provider is configured: the demo provider answers, with made-up text');
  } else if (providers.length === 0) {
    logger.warn('no provider is configured: set a key, as OPENAI_API_KEY, or WEIR_PROVIDERS_FILE');
  } else {
    logger.info({ providers: providers.map(({ name }) => name) }, 'providers are configured');
  }
}
