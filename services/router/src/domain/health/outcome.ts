import type { FaultCode } from '@weir/contracts/faults';
import { isAmong, isFinal, type Failure } from '../failure.ts';
import type { BreakerPolicy } from '../routing/target.ts';
import type { Outcome } from './health.ts';

/** What a provider is to blame for. */
const ownFailures: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_error',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_overloaded',
  'upstream_invalid_response',
  'upstream_stream_cut',
]);

/**
 * What a request alone brings about, whatever statuses a config lists: a prompt that leaves a model with nothing to say, a
 * body beyond what an account may send, which some providers answer with 429. Whoever sends it again and again must not
 * take the target from all others.
 */
const ofOneRequest: ReadonlySet<FaultCode> = new Set<FaultCode>(['upstream_empty_answer', 'body_too_large']);

/** What only an answer can bring, even one with the status of a success. Whatever is wrong with the request, the provider works. */
const answersOnly: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'context_length_exceeded',
  'content_policy_violation',
  'model_not_found',
  'upstream_invalid_request',
  'upstream_answer_too_large',
  'upstream_empty_answer',
]);

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
  if (ofOneRequest.has(code)) return unblamed(failure);
  const { retryAfterMs } = details;
  if (isLimited && retryAfterMs !== undefined) return { kind: 'cooldown', code, forMs: retryAfterMs };
  const { failureStatusCodes } = policy;
  if (failureStatusCodes && isAmong(failureStatusCodes, failure)) return { kind: 'failure', code };
  if (isLimited) return { kind: 'cooldown', code, forMs: undefined };
  if (code === 'upstream_credentials_rejected') return { kind: 'cooldown', code, forMs: rejectedForMs };
  return !failureStatusCodes && ownFailures.has(code) ? { kind: 'failure', code } : unblamed(failure);
}

/** A failure that is not the provider's proves that it works where it has come from there. */
function unblamed({ fault, status }: Failure): Outcome {
  return { kind: status !== undefined || answersOnly.has(fault.code) ? 'alive' : 'neutral' };
}
