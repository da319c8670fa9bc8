import type { AttemptMade } from '@weir/contracts/usage-events';
import type { Clock } from '@weir/service-kit/clock';
import type { EventLoopStalls } from '@weir/service-kit/event-loop-stalls';
import type { Logger } from '@weir/service-kit/logger';
import type { BillingParts } from '../billing/request-billing.ts';
import type { Upstreams } from '../adapters/upstreams.ts';
import type { AssistantPrefills } from '../domain/assistant-prefill.ts';
import type { HealthTracker } from '../domain/health/health.ts';
import type { KnownCredential, StoredCredential } from '../domain/provider.ts';
import type { Load } from '../domain/health/load-tracker.ts';
import type { RetryBudget } from '../domain/routing/retry-budget.ts';
import type { TargetSelector } from '../domain/routing/target-selector.ts';
import type { UpstreamMetrics } from './upstream-metrics.ts';

export interface RealKeys {
  /** Rejects with `no_target_available` where the key cannot be had at the moment. */
  open(credential: StoredCredential): Promise<KnownCredential>;
}

/** What the engine is made of. */
export interface EngineDependencies {
  readonly selector: TargetSelector;
  readonly upstreams: Upstreams;
  readonly realKeys: RealKeys;
  readonly health: HealthTracker;
  readonly load: Load;
  readonly retryBudget: RetryBudget;
  readonly prefills: AssistantPrefills;
  readonly billing: BillingParts;
  /** Told of every attempt, successful or not, by the time it is over. Must not throw and must not wait. */
  readonly report: (attempt: AttemptMade) => void;
  /** The most that a cap on the output is which the gateway sets, where one is needed and the caller has set none. */
  readonly defaultOutputTokens: number;
  /** When this process stood still. */
  readonly stalls: Pick<EventLoopStalls, 'stalledMsSince'>;
  readonly metrics: UpstreamMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}
