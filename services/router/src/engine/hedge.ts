import { isDoneWithin } from '@weir/service-kit/bus/done-within';
import type { Clock } from '@weir/service-kit/clock';
import type { AttemptResult } from './attempt.ts';
import type { Commitment } from './commitment.ts';
import type { Rival } from './rival.ts';

interface HedgeParts {
  /** After how long without an end or a first content the other is asked as well, in milliseconds. */
  readonly delayMs: number;
  readonly first: Rival;
  readonly second: Rival;
  readonly askFirst: () => Promise<AttemptResult>;
  /** Undefined where there is nobody else to ask. */
  readonly askSecond: () => Promise<AttemptResult> | undefined;
  readonly commitment: Commitment;
  readonly clock: Clock;
}

/** Asks a second target as well, where the first is slower than it mostly is. Whoever has content first, has won. */
export async function askHedged(parts: HedgeParts): Promise<AttemptResult> {
  const { first, second, commitment } = parts;
  const one = parts.askFirst();
  if (await isDoneWithin(one, parts.delayMs, parts.clock)) return one;
  const two = commitment.isMade ? undefined : parts.askSecond();
  if (!two) return one;
  const early = await Promise.race([one, two]);
  if (early.ok) return early;
  const [a, b] = await Promise.all([one, two]);
  // The one that was cancelled for the other's sake says nothing of the request.
  if (a.ok || commitment.hasLost(second)) return a;
  return b.ok || commitment.hasLost(first) ? b : a;
}
