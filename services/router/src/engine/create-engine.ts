import { attemptMade } from '@weir/contracts/usage-events';
import { EventLoopStalls } from '@weir/service-kit/event-loop-stalls';
import type { ServiceDependencies } from '@weir/service-kit/service';
import type { AdmissionParts } from '../admission/admission-parts.ts';
import { createCostMetrics } from '../billing/cost-metrics.ts';
import type { RouterConfig } from '../config.ts';
import { AssistantPrefills } from '../domain/assistant-prefill.ts';
import type { HealthTracker } from '../domain/health/health.ts';
import { LoadTracker } from '../domain/health/load-tracker.ts';
import type { Prices } from '../domain/prices.ts';
import { RetryBudget } from '../domain/routing/retry-budget.ts';
import { TargetSelector } from '../domain/routing/target-selector.ts';
import type { TenantCatalogues } from '../domain/tenant-catalogues.ts';
import type { TenantProviders } from '../domain/tenant-providers.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import { createUpstreamMetrics } from './upstream-metrics.ts';

interface EngineParts extends Pick<EngineDependencies, 'upstreams' | 'realKeys'> {
  readonly admission: AdmissionParts;
  readonly providers: TenantProviders;
  readonly catalogues: TenantCatalogues;
  readonly health: HealthTracker;
  readonly prices: Prices;
}

/** The engine of a running router: it measures by the process's clock, and reports to the bus. */
export function createEngine(
  { config, bus, clock, logger, metrics }: ServiceDependencies<RouterConfig>,
  { admission, providers, catalogues, health, prices, ...connections }: EngineParts,
): EngineDependencies {
  const nowMs = () => performance.now();
  const load = new LoadTracker({ nowMs });
  const { defaultOutputTokens } = config;
  const random = Math.random;
  return {
    selector: new TargetSelector({
      providers,
      catalogues,
      health,
      load,
      prices,
      defaultOutputTokens,
      clock,
      random,
    }),
    ...connections,
    health,
    load,
    retryBudget: new RetryBudget({ nowMs }),
    prefills: new AssistantPrefills(),
    billing: {
      prices,
      catalogues,
      admission,
      metrics: createCostMetrics(metrics),
      logger,
      unpricedModels: config.unpricedModels,
    },
    report: (attempt) => {
      bus.publishDurable(attemptMade, attempt, `${attempt.requestId}:${attempt.attempt}`);
    },
    defaultOutputTokens,
    stalls: new EventLoopStalls({ clock }),
    metrics: createUpstreamMetrics(metrics),
    clock,
    random,
    logger,
  };
}
