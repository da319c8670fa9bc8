import { isDoneWithin, type Clock } from '@weir/service-kit/clock';
import type { AttemptResult } from './attempt.ts';

/** How an attempt to answer ended, and whether that is because another has answered. */
export interface Contender {
  readonly result: Promise<AttemptResult>;
  hasLost(): boolean;
}

interface HedgeParts {
  readonly first: Contender;
  /** After how long without an end the other is asked as well, in milliseconds. */
  readonly delayMs: number;
  /** Asks the other; undefined where there is none, or where the first has begun to answer. */
  readonly askSecond: () => Contender | undefined;
  readonly clock: Clock;
}

/** Asks a second target as well, where the first is slower than it mostly is. Whoever has content first, has won. */
export async function askHedged({ first, delayMs, askSecond, clock }: HedgeParts): Promise<AttemptResult> {
  if (await isDoneWithin(first.result, delayMs, clock)) return first.result;
  const second = askSecond();
  if (!second) return first.result;
  const early = await Promise.race([first.result, second.result]);
  if (early.ok) return early;
  const [one, two] = await Promise.all([first.result, second.result]);
  // The one that was given up for the other's sake says nothing of the request.
  if (one.ok || second.hasLost()) return one;
  return two.ok || first.hasLost() ? two : one;
}
