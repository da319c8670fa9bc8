import type { AttemptMade } from '@weir/contracts/usage-events';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Upstreams } from '../adapters/upstreams.ts';
import type { Health } from '../domain/health/health.ts';
import type { Load } from '../domain/health/load.ts';
import type { RetryBudget } from '../domain/health/retry-budget.ts';
import type { Decider } from '../domain/routing/decider.ts';
import type { UpstreamMetrics } from '../upstream-metrics.ts';

/** What the engine is made of. */
export interface EngineParts {
  readonly decider: Decider;
  readonly upstreams: Upstreams;
  readonly health: Health;
  readonly load: Load;
  readonly retryBudget: RetryBudget;
  /** Told of every attempt, successful or not, by the time it is over. Must not throw and must not wait. */
  readonly report: (attempt: AttemptMade) => void;
  /** The cap on the output of a request that sets none. */
  readonly defaultOutputTokens: number;
  readonly metrics: UpstreamMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}
