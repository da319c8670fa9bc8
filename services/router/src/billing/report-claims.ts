import type { UsageRecord } from '@weir/contracts/usage-record';
import type { Logger } from '@weir/service-kit/logger';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { AttemptCost } from './attempt-cost.ts';
import type { CostMetrics } from './cost-metrics.ts';

interface ClaimParts {
  readonly logger: Logger;
  readonly metrics: Pick<CostMetrics, 'lowered' | 'suspected'>;
  readonly requestId: string;
  readonly target: CatalogueEntry;
}

/** Tells operators of an attempt whose provider has claimed more than is charged. */
export function reportClaims(
  { suspect }: UsageRecord,
  cost: AttemptCost | undefined,
  { logger, metrics, requestId, target: { provider } }: ClaimParts,
): void {
  if (suspect) {
    metrics.suspected(provider.name);
    logger.warn({ requestId, ...suspect }, 'a provider has claimed usage that cannot be');
  }
  if (cost?.claimedNanoUsd !== undefined) {
    metrics.lowered(provider.name);
    logger.warn({ requestId, ...cost }, 'a host of a config has claimed more than an attempt can cost');
  }
}
