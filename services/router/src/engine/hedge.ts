import { isDoneWithin, type Clock } from '@weir/service-kit/clock';
import type { AttemptResult } from './attempt.ts';

/** One target's run of a hedged request. */
export interface HedgedRun {
  readonly result: Promise<AttemptResult>;
  /** Whether the other run's response is committed: then this run was cancelled. */
  hasLost(): boolean;
}

interface HedgeParts {
  readonly first: HedgedRun;
  /** How long to wait for the first run before the second starts, in milliseconds. */
  readonly delayMs: number;
  /** Undefined where there is no second target, or where the first run's response is committed. */
  readonly startSecond: () => HedgedRun | undefined;
  readonly clock: Clock;
}

/** Sends a request to a second target too where the first is slower than usual. The first one with content is committed. */
export async function runHedged({ first, delayMs, startSecond, clock }: HedgeParts): Promise<AttemptResult> {
  if (await isDoneWithin(first.result, delayMs, clock)) return first.result;
  const second = startSecond();
  if (!second) return first.result;
  const earlier = await Promise.race([first.result, second.result]);
  if (earlier.ok) return earlier;
  const [one, two] = await Promise.all([first.result, second.result]);
  // A run that was cancelled for the other's response has no failure of its own.
  if (one.ok || second.hasLost()) return one;
  return two.ok || first.hasLost() ? two : one;
}
