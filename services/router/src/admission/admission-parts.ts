import type { Clock } from '@weir/service-kit/clock';
import type { AdmissionMetrics } from './admission-metrics.ts';
import type { HeldAttempts } from './held-attempts.ts';
import type { HoldClient } from './hold-client.ts';
import type { SpendingLimits } from './spending-limits.ts';

/** What admission is made of, in one router. */
export interface AdmissionParts {
  readonly limits: SpendingLimits;
  readonly holds: HoldClient;
  readonly heldAttempts: HeldAttempts;
  readonly clock: Clock;
  readonly metrics: AdmissionMetrics;
  readonly settings: {
    /** What becomes of a limited attempt while nobody can say what is left: `open` makes it, unheld. */
    readonly onFailure: 'closed' | 'open';
    /** How long a request waits for what others hold. */
    readonly waitMs: number;
    readonly sliceTokens: number;
    /** What the output of an attempt without a cap is taken to be, where it is only counted. */
    readonly defaultOutputTokens: number;
  };
}
