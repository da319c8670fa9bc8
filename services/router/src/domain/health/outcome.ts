import type { FaultCode } from '@weir/contracts/faults';
import { isAmong, isFinal, type Failure } from '../failure.ts';
import type { BreakerPolicy } from '../routing/target.ts';
import type { Outcome } from './health.ts';

/** What a provider is to blame for. All else says nothing of its health: the same request may go well there tomorrow. */
const ownFailures: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_error',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_overloaded',
  'upstream_invalid_response',
  'upstream_stream_cut',
]);

/** Where a provider limits the rate and does not say for how long. Most limits are by the minute, and free up all the time. */
const limitedForMs = 1_000;

/** A key that is refused is still refused a moment later, and mended by hand; a minute after that it is used again. */
const rejectedForMs = 60_000;

/**
 * What a failed attempt says of the target's health. A request's own deadline says nothing: whoever sets a short one, or
 * leaves early, must not open the circuit for all others.
 */
export function outcomeOf(failure: Failure, policy: BreakerPolicy): Outcome {
  const { code, details } = failure.fault;
  const isLimited = code === 'upstream_rate_limited';
  if (isFinal(failure)) return { kind: 'neutral' };
  if (isLimited && details.retryAfterMs !== undefined) {
    return { kind: 'cooldown', code, forMs: details.retryAfterMs };
  }
  const { failureStatusCodes } = policy;
  if (failureStatusCodes && isAmong(failureStatusCodes, failure)) return { kind: 'failure', code };
  if (isLimited) return { kind: 'cooldown', code, forMs: limitedForMs };
  if (code === 'upstream_credentials_rejected') return { kind: 'cooldown', code, forMs: rejectedForMs };
  return !failureStatusCodes && ownFailures.has(code) ? { kind: 'failure', code } : { kind: 'neutral' };
}
