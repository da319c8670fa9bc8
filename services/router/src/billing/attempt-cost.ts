import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { calculateCost, chargedPriceId } from '@weir/pricing/calculate-cost';
import { worstCaseNanoUsd } from '@weir/pricing/worst-case';
import type { Logger } from '@weir/service-kit/logger';
import type { AdmissionParts } from '../admission/admission-parts.ts';
import { attemptBound } from '../admission/attempt-bound.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { isOwnHost, type Prices } from '../domain/prices.ts';
import { tierSent } from '../domain/tier-sent.ts';
import type { AdmittedAttempt } from './attempt-bill.ts';
import type { CostMetrics } from './cost-metrics.ts';

interface CostParts {
  readonly prices: Prices;
  readonly settings: Pick<AdmissionParts['settings'], 'sliceTokens'>;
}

export interface AttemptCost {
  readonly nanoUsd: number;
  readonly priceId: string;
  /** What the host has claimed, where that was more than the attempt can have cost. */
  readonly claimedNanoUsd?: number;
}

/**
 * Undefined where the model has no price. What is only estimated costs no more than what was held for it; what a host says
 * that a config has brought, no more than the worst case: whoever owns it may say what they like.
 */
export function costOf(
  attempt: AdmittedAttempt,
  usage: UsageRecord,
  { prices, settings }: CostParts,
): AttemptCost | undefined {
  const { chat, held, target } = attempt;
  const price = priceOfServed(attempt, usage, prices);
  if (!price) return undefined;
  const tier = tierSent(chat, target.provider);
  const nanoUsd = calculateCost(price, usage, tier);
  const priceId = chargedPriceId(price, usage, tier);
  if (usage.source === 'estimated') {
    return { nanoUsd: Math.min(nanoUsd, held?.amountNanoUsd ?? nanoUsd), priceId };
  }
  if (!target.provider.isOfConfig) return { nanoUsd, priceId };
  const mostNanoUsd = worstCaseNanoUsd(price, attemptBound(attempt, settings));
  if (nanoUsd <= mostNanoUsd) return { nanoUsd, priceId };
  return { nanoUsd: mostNanoUsd, priceId, claimedNanoUsd: nanoUsd };
}

/** A request may name fallbacks, and a model's name may stand for others: each has its own price, where it has one. */
function priceOfServed(
  { price, target }: Pick<AdmittedAttempt, 'price' | 'target'>,
  { modelServed }: UsageRecord,
  prices: Prices,
): ModelPrice | undefined {
  const { provider, model } = target;
  if (!price || provider.isOfConfig || isOwnHost(provider) || isSameModel(model.id, modelServed))
    return price;
  const served = provider.models.find(({ id }) => id === modelServed) ?? { id: modelServed };
  // The operator's word on a model is not overruled by a table's on its other name.
  if (model.price && !served.price) return price;
  return prices.of(provider, served) ?? price;
}

/** Snapshots have the price of their model: `gpt-4o-2024-11-20` of `gpt-4o`, `mistral-large-2411` of `mistral-large-latest`. */
function isSameModel(asked: string, served: string): boolean {
  const stem = asked.toLowerCase().replace(/-latest$/, '');
  const name = served.toLowerCase();
  return name.startsWith(stem) && /^(?:[-@:](?:latest|\d{4}[\d-]*))?$/.test(name.slice(stem.length));
}

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
