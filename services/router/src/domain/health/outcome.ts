import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import type { Failure } from '../failure.ts';
import { isRefusal } from '../refusal.ts';
import type { BreakerPolicy, TargetPolicy } from '../routing/compiled-config.ts';
import { isFinal, matchesStatus } from '../routing/retry-policy.ts';
import type { HealthOutcome } from './health.ts';

/** Failures of the provider itself. */
const providerFailures: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_error',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_overloaded',
  'upstream_invalid_response',
  'upstream_stream_cut',
]);

/** Of these, those without an answer: a router that is cut off has them with every provider. */
const silences: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_stream_cut',
]);

/**
 * Failures that one request alone causes, whatever statuses a config lists: a prompt that leaves the model with nothing to
 * say, or a body larger than the account may send, which some providers answer with 429. A client that repeats such a
 * request must not take the target from all others.
 */
const requestFailures: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_empty_answer',
  'body_too_large',
]);

/** Faults that only a response can cause, even one with status 200: the provider works, whatever is wrong with the request. */
const provesAlive: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'context_length_exceeded',
  'content_policy_violation',
  'model_not_found',
  'upstream_invalid_request',
  'upstream_answer_too_large',
  'upstream_empty_answer',
]);

/** A rejected key stays rejected until somebody replaces it. It is tried again after this. */
const rejectedForMs = 60_000;

interface EndedAttempt {
  /** Undefined where the attempt succeeded. */
  readonly failure: Failure | undefined;
  /** Whether it was given up, since another attempt has responded. */
  readonly isCancelled: boolean;
  /** Whether it was a mirrored copy. Its outcome must not take the target from requests that somebody waits for. */
  readonly isMirror: boolean;
  readonly policy: Pick<TargetPolicy, 'breaker' | 'retry'>;
}

/** What the end of an attempt says of its target's health. */
export function healthOutcomeOf({ failure, isCancelled, isMirror, policy }: EndedAttempt): HealthOutcome {
  if (isCancelled || isMirror) return { kind: 'neutral' };
  if (!failure) return { kind: 'success' };
  if (policy.retry.usesRetryAfter) return classifyFailure(failure, policy.breaker);
  // A config that ignores `retry-after` retries by its own backoff: the details, which hold the provider's wait, are left out.
  return classifyFailure({ ...failure, fault: new Fault(failure.fault.code) }, policy.breaker);
}

/**
 * What a failure says of its target's health. The end of a request's own deadline says nothing: a client that sets a short
 * one, or leaves early, must not open the breaker for all others.
 */
export function classifyFailure(failure: Failure, { failureStatusCodes }: BreakerPolicy): HealthOutcome {
  const { code, details } = failure.fault;
  const isRateLimited = code === 'upstream_rate_limited';
  // Whatever statuses a config lists: the provider has no part in it.
  if (code === 'resource_exhausted') return { kind: 'neutral' };
  if (isFinal(failure) || isRefusal(failure.fault)) return { kind: 'neutral' };
  if (requestFailures.has(code)) return aliveOrNeutral(failure);
  const { retryAfterMs } = details;
  if (isRateLimited && retryAfterMs !== undefined) return { kind: 'cooldown', code, forMs: retryAfterMs };
  const isSilent = failure.status === undefined && silences.has(code);
  const failed: HealthOutcome = { kind: 'failure', code, ...(isSilent && { isSilent }) };
  if (failureStatusCodes && matchesStatus(failureStatusCodes, failure)) return failed;
  if (isRateLimited) return { kind: 'cooldown', code, forMs: undefined };
  if (code === 'upstream_credentials_rejected') return { kind: 'cooldown', code, forMs: rejectedForMs };
  const isFailure = !failureStatusCodes && providerFailures.has(code) && !isUnclassified4xx(failure);
  return isFailure ? failed : aliveOrNeutral(failure);
}

/** As 405, 409 or 451: one request alone may bring it about, so it takes the target from no other unless a config lists it. */
function isUnclassified4xx({ fault, status = 0 }: Failure): boolean {
  return fault.code === 'upstream_error' && status >= 400 && status < 500;
}

/** A failure that is not the provider's proves that the provider works, if it came from there. */
function aliveOrNeutral({ fault, status }: Failure): HealthOutcome {
  return { kind: status !== undefined || provesAlive.has(fault.code) ? 'alive' : 'neutral' };
}
