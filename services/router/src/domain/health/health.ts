import type { TargetState } from '@weir/contracts/routing/insight';
import type { FaultCode } from '@weir/contracts/faults';
import type { BreakerPolicy } from '../routing/target.ts';

/** Whose health it is: one model at one host, asked with one credential. */
export interface Subject {
  /** Unique, and stable over restarts and replicas: what the shared state is kept by. */
  readonly key: string;
  readonly provider: string;
  readonly model: string;
  /** `api.openai.com`, with the port where it is not the default one. */
  readonly host: string;
  /** The beginning of the credential's fingerprint; empty where there is none. */
  readonly credential: string;
}

/** Whether a subject may be asked now. */
export interface Verdict {
  readonly state: TargetState;
  /** Unix time in milliseconds from which on it may be asked again; undefined where it may be now. */
  readonly retryAtMs?: number;
  /** The fault that brought it there. */
  readonly reason?: FaultCode;
}

/** How an attempt ended, as far as health is concerned. */
export type Outcome =
  | { readonly kind: 'success' }
  /** The provider's own failure, or one that the policy counts as such. */
  | { readonly kind: 'failure'; readonly code: FaultCode }
  /** The provider asks to be left alone, or refuses the credential: out for that long, whatever the breaker says. */
  | { readonly kind: 'cooldown'; readonly code: FaultCode; readonly forMs: number }
  /** The caller's failure, or an attempt that was cancelled: says nothing of the provider, and frees a probe. */
  | { readonly kind: 'neutral' };

/** The health of all subjects, the same in all replicas within milliseconds. Reads cost next to nothing. */
export interface Health {
  check(subject: Subject): Verdict;
  /**
   * Asks for the right to send the one request that finds out whether a half-open subject works again. True for one
   * request of one replica at a time. `record` gives the right back, whatever the outcome.
   */
  claimProbe(subject: Subject, policy: BreakerPolicy): Promise<boolean>;
  record(subject: Subject, outcome: Outcome, policy: BreakerPolicy): void;
}
