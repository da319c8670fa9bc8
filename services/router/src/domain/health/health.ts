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
  /**
   * Whether the routers tell each other of it. Not where a caller's config names the host or the key: what callers make up
   * stays with the router that is asked.
   */
  readonly isShared: boolean;
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
  /**
   * The provider asks to be left alone, or refuses the credential: out for that long, whatever the breaker says. Where it
   * does not say for how long, `forMs` is undefined, and it is left alone once it grants next to nothing.
   */
  | { readonly kind: 'cooldown'; readonly code: FaultCode; readonly forMs: number | undefined }
  /** It answered, though not with what was asked for: it works, and the request was at fault. */
  | { readonly kind: 'alive' }
  /** An attempt that was cancelled, or never sent: says nothing of the provider, and frees a probe. */
  | { readonly kind: 'neutral' };

/** The right to send the one request that finds out whether a half-open subject works again. */
export interface Probe {
  /** The router instance that has it. */
  readonly by: string;
  /** Unix time in milliseconds; from then on another request may be given the right, should this one never end. */
  readonly untilMs: number;
}

/**
 * The health of all subjects. What one replica concludes of a shared one, the others hear within milliseconds while the bus
 * works; without it, and of all other subjects, each goes by what it has seen itself. Reads cost next to nothing.
 */
export interface Health {
  check(subject: Subject): Verdict;
  /**
   * Asks for the right to probe a half-open subject: one request of one replica has it at a time. Undefined where another
   * has it. Never rejects, and takes a quarter of a second at most.
   */
  claimProbe(subject: Subject): Promise<Probe | undefined>;
  /**
   * Takes note of how an attempt ended. One that had the right to probe gives it back here, whatever the outcome: by it
   * alone is a late answer to a request that began before the circuit opened told from the probe's. One that gave it back
   * when its answer began may be recorded once more, without it, when that has ended.
   */
  record(subject: Subject, outcome: Outcome, policy: BreakerPolicy, probe: Probe | undefined): void;
}
