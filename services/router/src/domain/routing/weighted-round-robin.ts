/**
 * Whose turn it is among the members of one group: smooth weighted round robin. Each call gives every member its share of
 * the choice as credit, and the one with the most credit is chosen and pays for it with 1. Credit is counted in choices
 * and not in weights, so that it means the same when weights change.
 *
 * Guarantee, for n members of which none rests: in any window of calls each is chosen as often as its shares of these calls
 * add up to, give or take less than 1 + 1/2 + … + 1/n; of two members, give or take one.
 *
 * A member of weight 0 rests for that call: it gains no credit and keeps what it had, which is mostly less than one choice.
 * So it takes up its turn where it left it, and has nothing to catch up on. To forget its credit instead would shift the
 * shares: a member that every other request passes over would never come to its turn.
 */
export class WeightedRoundRobin {
  #credits: Float64Array | undefined;

  /**
   * The index chosen, or -1 where all weights are 0. There are as many weights at every call, none below 0. `random` gives
   * numbers from 0 to below 1.
   */
  next(weights: readonly number[], random: () => number): number {
    let total = 0;
    for (const weight of weights) total += weight;
    if (total <= 0) return -1;
    this.#credits ??= startSomewhere(weights, total, random);
    return choose(this.#credits, weights, total);
  }

  /** Whose turn it would be; it still is afterwards. */
  peek(weights: readonly number[]): number {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total <= 0) return -1;
    return choose(Float64Array.from(this.#credits ?? weights.map(() => 0)), weights, total);
  }
}

const maxStartSteps = 256;

/** A random point of the rotation: replicas that start together must not all begin with the same member. */
function startSomewhere(weights: readonly number[], total: number, random: () => number): Float64Array {
  const credits = new Float64Array(weights.length);
  for (let left = Math.floor(random() * maxStartSteps); left > 0; left--) choose(credits, weights, total);
  return credits;
}

function choose(credits: Float64Array, weights: readonly number[], total: number): number {
  let chosen = -1;
  let most = -Infinity;
  for (let index = 0; index < credits.length; index++) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    const credit = (credits[index] ?? 0) + weight / total;
    credits[index] = credit;
    if (credit > most) {
      most = credit;
      chosen = index;
    }
  }
  credits[chosen] = most - 1;
  return chosen;
}
