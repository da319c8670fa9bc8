import type { DatedPrice, ModelPrice, TierPrice, TokenRates } from '@weir/contracts/cost/prices';
import { ratesFor } from '@weir/pricing/calculate-cost';
import { inForce } from '@weir/pricing/price-time';

/** As a part of the former price; infinite where that was zero. */
export function largestMove(
  before: readonly DatedPrice[],
  after: readonly DatedPrice[],
  nowMs: number,
): number {
  const moves = timesOf([...before, ...after], nowMs).map((atMs) => {
    const [former, next] = [inForce(before, atMs), inForce(after, atMs)];
    return former && next ? moveOf(former, next) : 0;
  });
  return Math.max(0, ...moves);
}

const dayMs = 86_400_000;

/** Now, each moment from now on at which a price begins to hold, and the times of the day at which prices change there. */
function timesOf(prices: readonly DatedPrice[], nowMs: number): number[] {
  const starts = [nowMs, ...prices.flatMap(({ fromMs = 0 }) => (fromMs > nowMs ? [fromMs] : []))];
  const times = prices.flatMap(({ timeOfDay }) => (timeOfDay ? [timeOfDay.startMs, timeOfDay.endMs] : []));
  // Of the day after, when what begins at the moment has begun.
  return starts.flatMap((start) => [start, ...times.map((time) => start - (start % dayMs) + dayMs + time)]);
}

function moveOf(before: ModelPrice, after: ModelPrice): number {
  const tiers = new Set([
    ...Object.keys(before.serviceTiers ?? {}),
    ...Object.keys(after.serviceTiers ?? {}),
  ]);
  const moves = [...tiers].map((tier) => tierMove(tierOf(before, tier), tierOf(after, tier)));
  return Math.max(
    tierMove(before, after),
    ...moves,
    rateMove(before.requestNanoUsd ?? 0, after.requestNanoUsd ?? 0),
    rateMove(before.webSearchNanoUsd ?? 0, after.webSearchNanoUsd ?? 0),
  );
}

function tierOf(price: ModelPrice, name: string): TierPrice {
  return price.serviceTiers?.[name] ?? price;
}

/** At every length of the input at which either changes. */
function tierMove(before: TierPrice, after: TierPrice): number {
  const bounds = [before, after].flatMap(({ contextTiers = [] }) =>
    contextTiers.map(({ inputTokensAbove }) => inputTokensAbove + 1),
  );
  return Math.max(
    ...[0, ...bounds].map((length) => ratesMove(ratesFor(before, length), ratesFor(after, length))),
  );
}

function ratesMove(before: TokenRates, after: TokenRates): number {
  const [former, next] = [effectiveRates(before), effectiveRates(after)];
  return Math.max(...former.map((rate, kind) => rateMove(rate, next[kind] ?? 0)));
}

/** What each kind is charged at, with or without a price of its own. */
function effectiveRates(rates: TokenRates): number[] {
  const { input, output, cacheWrite5m = input } = rates;
  const { cacheRead = input, cacheWrite1h = cacheWrite5m, audioInput = input, imageInput = input } = rates;
  const { reasoning = output, audioOutput = output } = rates;
  return [
    input,
    output,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    audioInput,
    imageInput,
    reasoning,
    audioOutput,
  ];
}

function rateMove(before: number, after: number): number {
  if (before === after) return 0;
  return before === 0 ? Infinity : Math.abs(after - before) / before;
}
