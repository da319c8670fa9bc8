import type { FaultCode } from '@weir/contracts/faults';
import type { Fault } from '@weir/service-kit/fault';
import type { Subject } from '../health/health.ts';
import type { Credential, Provider, ProviderModel } from '../provider.ts';
import type { Target } from './target.ts';

/** A credential of a provider, or none, and whose health an attempt with it tells of. */
export interface Access {
  readonly credential: Credential | undefined;
  readonly subject: Subject;
}

/** A target that can take the request now. */
export interface Candidate {
  readonly target: Target;
  readonly provider: Provider;
  readonly model: ProviderModel;
  /** The ways in that may be tried now, the next in turn first; there is one at least. */
  readonly accesses: readonly Access[];
}

/** Why a target cannot take the request, or not now. */
export type Obstacle =
  /** There is no such model, or nobody knows yet whether there is. */
  | { readonly kind: 'unresolved'; readonly fault: Fault }
  /** The model takes no images, no tools, or no request as long as this one. */
  | { readonly kind: 'incapable'; readonly lack: 'images' | 'tools' | 'context' }
  /** Every credential of it is left alone until then, Unix time in milliseconds. */
  | { readonly kind: 'resting'; readonly untilMs: number; readonly reason: FaultCode };

/** A target that was passed over. Provider and model are known where the obstacle is not that they are unknown. */
export interface PassedOver {
  readonly target: Target;
  readonly obstacle: Obstacle;
  readonly provider: Provider | undefined;
  readonly model: ProviderModel | undefined;
}

export type Assessment = Candidate | PassedOver;

export function isCandidate(assessment: Assessment): assessment is Candidate {
  return 'accesses' in assessment;
}
