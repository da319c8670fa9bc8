import type { ModelPrice, TierPrice, TokenRates } from '@weir/contracts/cost/prices';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { inputTokensOf } from './usage-tokens.ts';

/** What a usage record costs, in whole nano-USD: the exact amount, rounded up once, at the end. */
export function calculateCost(price: ModelPrice, usage: UsageRecord, tierAsked?: string): number {
  const { requestNanoUsd = 0, webSearchNanoUsd = 0 } = price;
  const rates = ratesFor(tierServed(price, usage, tierAsked).price, inputTokensOf(usage));
  const fees = requestNanoUsd + webSearchNanoUsd * usage.webSearchRequests;
  return toWholeNanoUsd(costOfTokens(rates, usage)) + fees;
}

/** The id of the price that `calculateCost` charges: `openai/gpt-5-mini@1f0c62ab+flex` in a tier of its own. */
export function chargedPriceId(price: ModelPrice, usage: UsageRecord, tierAsked?: string): string {
  const { name } = tierServed(price, usage, tierAsked);
  return name === undefined ? price.id : `${price.id}+${name}`;
}

/** The tier that served beats the one asked for. One without prices of its own, as `default`, costs what the standard one does. */
function tierServed(
  price: ModelPrice,
  { serviceTier }: UsageRecord,
  tierAsked: string | undefined,
): { readonly name?: string; readonly price: TierPrice } {
  const name = serviceTier ?? tierAsked;
  if (name === undefined || !price.serviceTiers || !Object.hasOwn(price.serviceTiers, name)) return { price };
  return { name, price: price.serviceTiers[name] ?? price };
}

/** The rates of the context tier that an input of this length is in. */
export function ratesFor({ rates, contextTiers = [] }: TierPrice, inputTokens: number): TokenRates {
  return contextTiers.findLast(({ inputTokensAbove }) => inputTokens > inputTokensAbove)?.rates ?? rates;
}

/** In millionths of a nano-USD. A double would not hold the product of a dear rate and a long input exactly. */
function costOfTokens(rates: TokenRates, usage: UsageRecord): bigint {
  const { input, output, cacheWrite5m = input } = rates;
  const parts: readonly (readonly [tokens: number, rate: number])[] = [
    [usage.uncachedInputTokens, input],
    [usage.cacheReadTokens, rates.cacheRead ?? input],
    [usage.cacheWrite5mTokens, cacheWrite5m],
    [usage.cacheWrite1hTokens, rates.cacheWrite1h ?? cacheWrite5m],
    [usage.audioInputTokens, rates.audioInput ?? input],
    [usage.imageInputTokens, rates.imageInput ?? input],
    // Reasoning is a part of the output, and priced once.
    [usage.outputTokens - usage.reasoningTokens, output],
    [usage.reasoningTokens, rates.reasoning ?? output],
    [usage.audioOutputTokens, rates.audioOutput ?? output],
  ];
  return parts.reduce(
    (sum, [tokens, rate]) => (tokens === 0 ? sum : sum + BigInt(tokens) * BigInt(rate)),
    0n,
  );
}

const tokensOfRate = 1_000_000n;

export function toWholeNanoUsd(millionths: bigint): number {
  return Number((millionths + tokensOfRate - 1n) / tokensOfRate);
}
