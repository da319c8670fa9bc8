import type { DatedPrice, ModelPrice } from '@weir/contracts/cost/prices';

const dayMs = 86_400_000;

/** The last that holds, else the first: the order in which tables of prices are to be read. */
export function inForce(prices: readonly DatedPrice[], atMs: number): ModelPrice | undefined {
  return (prices.findLast((each) => holds(each, atMs)) ?? prices[0])?.price;
}

/** The last that holds; undefined before the first does. */
export function inForceSince(prices: readonly DatedPrice[], atMs: number): ModelPrice | undefined {
  return prices.findLast((each) => holds(each, atMs))?.price;
}

function holds({ fromMs = 0, timeOfDay }: DatedPrice, atMs: number): boolean {
  if (atMs < fromMs) return false;
  if (!timeOfDay) return true;
  const { startMs, endMs } = timeOfDay;
  const time = atMs % dayMs;
  return endMs < startMs ? time >= startMs || time < endMs : time >= startMs && time < endMs;
}
