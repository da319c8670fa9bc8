import type { TargetState } from '@weir/contracts/routing/insight';
import type { FaultCode } from '@weir/contracts/faults';
import type { BreakerPolicy } from '../routing/compiled-config.ts';

/** What health is kept by: one model at one host, called with one credential. */
export interface HealthKey {
  /** Unique, and the same in all replicas and after a restart. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** `api.openai.com`, with the port where it is not the default one. */
  readonly host: string;
  /** The beginning of the credential's fingerprint; empty where there is none. */
  readonly credential: string;
  /**
   * Whether its health is shared with the other routers. It is not where a caller's config names the host or the key:
   * callers could fill the shared bucket with what they make up.
   */
  readonly isShared: boolean;
}

/** Whether a target may be called now with one of its credentials. */
export interface HealthStatus {
  readonly state: TargetState;
  /** Unix time in milliseconds from which on it may be called again; undefined where it may be called now. */
  readonly retryAtMs?: number;
  /** The fault that led to the state. */
  readonly reason?: FaultCode;
  /** Whether it is open by this router's failures alone, while another router may be answered. */
  readonly isDoubted?: true;
}

/** How an attempt ended, as far as health is concerned. */
export type HealthOutcome =
  | { readonly kind: 'success' }
  /** A failure of the provider, or one that the policy counts as such. */
  | {
      readonly kind: 'failure';
      readonly code: FaultCode;
      /** The provider has not answered, as far as this router can tell. */
      readonly isSilent?: boolean;
    }
  /**
   * The provider limits the rate or rejects the credential: no calls for that long, whatever the breaker says. `forMs` is
   * undefined where the provider does not say for how long; then calls stop only after several rate limits in a row.
   */
  | { readonly kind: 'cooldown'; readonly code: FaultCode; readonly forMs: number | undefined }
  /** The provider responded, and the request was at fault: the provider works. */
  | { readonly kind: 'alive' }
  /** The attempt was cancelled or never sent. It says nothing of the provider, and frees a probe. */
  | { readonly kind: 'neutral' };

/** The right to send the one request that finds out whether a half-open target works again. */
export interface HalfOpenProbe {
  /** The router instance that has it. */
  readonly by: string;
  /** Unix time in milliseconds. From then on another request may probe, in case this one never ends. */
  readonly untilMs: number;
}

/**
 * The health of all targets. While the bus works, all replicas know the same of shared keys within milliseconds; without
 * it, and for keys that are not shared, each replica goes by its own attempts. Reading costs next to nothing.
 */
export interface HealthTracker {
  statusOf(healthKey: HealthKey): HealthStatus;
  /**
   * Claims the probe of a half-open target, which one request of one replica has at a time. Undefined where another request
   * has it. Never rejects, and takes a quarter of a second at most.
   */
  claimProbe(healthKey: HealthKey): Promise<HalfOpenProbe | undefined>;
  /**
   * Records how an attempt ended. An attempt that had the probe passes it in, whatever the outcome: only so is its outcome
   * told from that of a request which began before the breaker opened. Where the probe was passed in when the response
   * began, the end of the response is recorded once more, without it.
   */
  record(
    healthKey: HealthKey,
    outcome: HealthOutcome,
    policy: BreakerPolicy,
    probe: HalfOpenProbe | undefined,
  ): void;
}
