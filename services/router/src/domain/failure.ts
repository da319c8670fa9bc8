import type { FaultCode } from '@weir/contracts/faults';
import type { Fault } from '@weir/service-kit/fault';

/** An attempt that gave no answer, or not the whole of it. */
export interface Failure {
  readonly fault: Fault;
  /** The provider's own, where it answered with one. */
  readonly status?: number | undefined;
}

/** What a failure counts as beside its status: providers have statuses of their own for some, as 529, or none. */
const kindredStatuses: Partial<Record<FaultCode, readonly number[]>> = {
  // 408 is what Portkey's users know a time-out by.
  upstream_timeout: [408, 504],
  upstream_unreachable: [502, 503],
  upstream_overloaded: [503, 529],
};

/** Whether a failure is one of those that a config's list of statuses means. */
export function isAmong(statusCodes: ReadonlySet<number>, { fault, status }: Failure): boolean {
  return (
    statusCodes.has(status ?? fault.status) ||
    (kindredStatuses[fault.code] ?? []).some((kindred) => statusCodes.has(kindred))
  );
}

/** What another target may not have, beside all that is the provider's. */
const mendableElsewhere: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'model_not_found',
  'unsupported_parameter',
  'context_length_exceeded',
  'body_too_large',
  'host_not_allowed',
]);

/** Whether another target is worth asking where the config does not say: its request may be good, and its answer better. */
export function isMendableElsewhere({ fault }: Failure): boolean {
  return fault.owner === 'provider' || mendableElsewhere.has(fault.code);
}

/** Whether nobody waits for an answer any more, or nobody could give one in time. */
export function isFinal({ fault }: Failure): boolean {
  return (
    fault.code === 'client_closed_request' || fault.code === 'deadline_exceeded' || fault.owner === 'gateway'
  );
}

/** Failures of a credential, which another one of the same provider may not have. */
export function isOfCredential({ fault, status }: Failure): boolean {
  // A 429 for one request that is too large for the account is none of its rate.
  if (fault.code === 'body_too_large') return false;
  const isRefused = fault.code === 'upstream_credentials_rejected' || fault.code === 'upstream_rate_limited';
  return isRefused || status === 401 || status === 403 || status === 429;
}
