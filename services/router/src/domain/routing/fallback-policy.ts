import type { FaultCode } from '@weir/contracts/faults';
import type { Failure } from '../failure.ts';
import { isRefusalOfModel } from '../refusal.ts';
import { isFinal, matchesStatus } from './retry-policy.ts';

// What follows a target that is given up: `nextTarget`, called by `RequestExecutor`, and for each group of the config
// `fallsBack`, called by `TargetPlan`.

/** Failures of the caller's request, or of this process, that the next target may not have, as well as all failures of the provider. */
const fallbackCodes: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'model_not_found',
  'unsupported_parameter',
  'context_length_exceeded',
  'body_too_large',
  'host_not_allowed',
  'resource_exhausted',
]);

/** A target's run that has failed. */
interface FailedTarget {
  /** The target's last. */
  readonly failure: Failure;
  readonly areAttemptsExhausted: boolean;
  /** Whether a part of the response has been sent to the client. */
  readonly isCommitted: boolean;
  /** Whether the config lets another target continue a broken stream, and what was sent can be continued. */
  readonly canContinue: boolean;
}

/** What follows once a target has been given up: a fallback as far as `fallsBack` allows, or the stream's continuation. */
export function nextTarget({ failure, areAttemptsExhausted, isCommitted, canContinue }: FailedTarget) {
  if (isFinal(failure) || areAttemptsExhausted) return 'none';
  if (!isCommitted) return 'fallback';
  // Whatever has broken the stream: the config asks for a continuation.
  return canContinue ? 'continuation' : 'none';
}

/** Whether the next target of a group is tried after the failure. `statusCodes` is the group's `on_status_codes`. */
export function fallsBack(failure: Failure, statusCodes: ReadonlySet<number> | undefined): boolean {
  const { fault } = failure;
  if (isFinal(failure)) return false;
  // No attempt was made, since the target became unhealthy just before: it is passed over like any other unhealthy target.
  // Nor where a limit of its model is reached.
  if (fault.code === 'no_target_available' || isRefusalOfModel(fault)) return true;
  // The config asks for it, whatever statuses it lists.
  if (failure.isEmptyAnswer) return true;
  if (statusCodes) return matchesStatus(statusCodes, failure);
  return fault.owner === 'provider' || fallbackCodes.has(fault.code);
}

/** Failures for which a config may name models to fall back to: `context_window_fallbacks`, `content_policy_fallbacks`. */
export type ModelFallbackCode = Extract<FaultCode, 'context_length_exceeded' | 'content_policy_violation'>;

export function hasModelFallbacks(code: FaultCode): code is ModelFallbackCode {
  return code === 'context_length_exceeded' || code === 'content_policy_violation';
}
