// All of these answer with indexes. `random` gives numbers from 0 to below 1.

/**
 * The cheaper of two that are drawn at random; -1 where there is none. Nearly as good as the cheapest of all, and replicas
 * with the same figures do not all choose the same. A cost of 0 means never tried: it is preferred, so that it gets a figure.
 */
export function powerOfTwoChoices(
  count: number,
  cost: (index: number) => number,
  random: () => number,
): number {
  if (count < 2) return count - 1;
  const one = Math.floor(random() * count);
  const draw = Math.floor(random() * (count - 1));
  const other = draw < one ? draw : draw + 1;
  return cost(other) < cost(one) ? other : one;
}

/** From the lowest cost to the highest, those of unknown cost last; equal ones in the order given. */
export function cheapestFirst(costs: readonly (number | undefined)[]): number[] {
  const costOf = (index: number) => costs[index] ?? Infinity;
  // Unknown and unknown are equal, and their difference would not be a number.
  return [...costs.keys()].sort((a, b) => (costOf(a) === costOf(b) ? 0 : costOf(a) - costOf(b)));
}

/** The one that the fewest requests are waiting for, any of them where there are several; -1 where there is none. */
export function leastBusy(inFlight: readonly number[], random: () => number): number {
  let chosen = -1;
  let fewest = Infinity;
  let ties = 0;
  for (const [index, count] of inFlight.entries()) {
    if (count > fewest) continue;
    ties = count === fewest ? ties + 1 : 1;
    fewest = count;
    // Each of the ties replaces those before it with the probability that makes all of them equally likely.
    if (ties === 1 || random() * ties < 1) chosen = index;
  }
  return chosen;
}
