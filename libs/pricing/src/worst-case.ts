import type { ModelPrice, TierPrice, TokenRates } from '@weir/contracts/cost/prices';
import { countable, toWholeNanoUsd } from './calculate-cost.ts';

/** At most so much is used. */
export interface UsageBound {
  /** Of every kind together. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Calls of the provider's own tools, as web searches. */
  readonly toolCalls?: number;
  /**
   * The tier that is asked for. `default` and its like are answered in the standard tier or not at all; what asks for none, or for
   * `auto`, may be answered in any.
   */
  readonly serviceTier?: string | undefined;
}

const standardTiers: readonly (string | undefined)[] = ['default', 'standard', 'standard_only'];

/**
 * The most that usage within the bound can cost, whatever its tokens turn out to be and whichever tier serves them: no
 * `calculateCost` of such usage is above it.
 */
export function worstCaseNanoUsd(price: ModelPrice, bound: UsageBound): number {
  const { requestNanoUsd = 0, webSearchNanoUsd = 0, serviceTiers = {} } = price;
  const others = standardTiers.includes(bound.serviceTier) ? [] : Object.values(serviceTiers);
  const dearest = [price, ...others]
    .flatMap((tier) => reachableRates(tier, bound.inputTokens))
    .map((rates) => costOf(rates, bound))
    .reduce((most, cost) => (cost > most ? cost : most), 0n);
  return countable(toWholeNanoUsd(dearest) + requestNanoUsd + webSearchNanoUsd * (bound.toolCalls ?? 0));
}

/** A bound on the input is a bound on the context tier too; what is used may stay in any below it. */
function reachableRates({ rates, contextTiers = [] }: TierPrice, inputTokens: number): TokenRates[] {
  return [
    rates,
    ...contextTiers.filter((tier) => inputTokens > tier.inputTokensAbove).map((tier) => tier.rates),
  ];
}

function costOf(rates: TokenRates, { inputTokens, outputTokens }: UsageBound): bigint {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput, imageInput } = rates;
  const dearestInput = dearestOf(input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput, imageInput);
  const dearestOutput = dearestOf(rates.output, rates.reasoning, rates.audioOutput);
  return BigInt(inputTokens) * BigInt(dearestInput) + BigInt(outputTokens) * BigInt(dearestOutput);
}

function dearestOf(...rates: readonly (number | undefined)[]): number {
  return Math.max(...rates.filter((rate) => rate !== undefined));
}
