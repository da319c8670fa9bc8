import type { LimitState } from '@weir/contracts/cost/admission';
import type { ScopeLimits } from '@weir/contracts/cost/limits';

/** What is used of a limit now. Amounts are texts as in `LimitState`. */
export interface LimitUsage extends LimitState {
  readonly used: string;
  readonly held: string;
  /** Unix time in milliseconds; absent where the window has no beginning. */
  readonly windowStartMs?: number;
}

/**
 * What is used and held of a scope's limits now, in their order; nothing of the limits of each end user, who have no sum. Rejects
 * with `service_unavailable` where that cannot be told.
 */
export type ReadUsage = (scopeLimits: ScopeLimits) => Promise<readonly LimitUsage[]>;
