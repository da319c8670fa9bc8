import type { UsageRecord } from '@weir/contracts/usage-record';
import type { Metrics } from '@weir/service-kit/metrics';

export interface BilledUsage {
  /** A configured provider's name, a preset's, or `custom`. */
  readonly provider: string;
  /** A model that this router knows, or `other`. */
  readonly model: string;
  readonly usage: UsageRecord;
  /** Undefined where the model has no price. */
  readonly costNanoUsd: number | undefined;
}

/** What attempts have used and cost. */
export interface CostMetrics {
  billed(billed: BilledUsage): void;
  /** A host that a config has brought has claimed more than an attempt can cost. */
  lowered(provider: string): void;
  /** A provider has claimed usage that cannot be. */
  suspected(provider: string): void;
}

/** Nano-USD in a dollar. */
const nanoPerUsd = 1_000_000_000;

export function createCostMetrics(metrics: Metrics): CostMetrics {
  const cost = metrics.counter({
    name: 'llm_cost_total',
    help: 'US dollars that providers may bill, by our prices.',
    labels: ['provider', 'model'],
  });
  const tokens = metrics.counter({
    name: 'llm_tokens_total',
    help: 'Tokens that providers may bill. Types do not overlap, but for reasoning, which is a part of the output.',
    labels: ['provider', 'model', 'type'],
  });
  const unpriced = metrics.counter({
    name: 'llm_unpriced_attempts_total',
    help: 'Attempts that providers may bill, at models without a price.',
    labels: ['provider'],
  });
  const lowered = metrics.counter({
    name: 'llm_cost_lowered_total',
    help: 'Attempts whose usage, as a host of a config claims it, would cost more than they can: charged at the worst case.',
    labels: ['provider'],
  });
  const suspected = metrics.counter({
    name: 'llm_suspect_usage_total',
    help: 'Attempts whose provider claims more than they can have used: charged by an estimate, within what was held for them.',
    labels: ['provider'],
  });
  return {
    suspected(provider) {
      suspected.inc({ provider });
    },
    lowered(provider) {
      lowered.inc({ provider });
    },
    billed({ provider, model, usage, costNanoUsd }) {
      if (costNanoUsd === undefined) unpriced.inc({ provider });
      else if (costNanoUsd > 0) cost.inc({ provider, model }, costNanoUsd / nanoPerUsd);
      const count = (type: string, amount: number) => {
        if (amount > 0) tokens.inc({ provider, model, type }, amount);
      };
      count('input', usage.uncachedInputTokens);
      count('cache_read', usage.cacheReadTokens);
      count('cache_write', usage.cacheWrite5mTokens + usage.cacheWrite1hTokens);
      count('audio_input', usage.audioInputTokens);
      count('image_input', usage.imageInputTokens);
      count('output', usage.outputTokens);
      count('reasoning', usage.reasoningTokens);
      count('audio_output', usage.audioOutputTokens);
    },
  };
}
