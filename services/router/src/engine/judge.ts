import type { AttemptMade } from '@weir/contracts/usage-events';
import { Fault } from '@weir/service-kit/fault';
import type { Outcome } from '../domain/health/health.ts';
import { outcomeOf } from '../domain/health/outcome.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import type { AttemptResult } from './attempt.ts';

/** What an attempt says of its target's health. */
export function judge(
  result: AttemptResult,
  isCancelled: boolean,
  { candidate, purpose }: { candidate: Candidate; purpose: AttemptMade['purpose'] },
): Outcome {
  // What becomes of a mirror's copies must not take the target from requests that somebody waits for.
  if (isCancelled || purpose === 'mirror') return { kind: 'neutral' };
  if (result.ok) return { kind: 'success' };
  const { breaker, retry } = candidate.target.policy;
  const { fault, status } = result.failure;
  if (retry.usesRetryAfter) return outcomeOf({ fault, status }, breaker);
  // A config that says so goes by its own backoff, and does not hear how long the provider wants to be left alone.
  return outcomeOf({ fault: new Fault(fault.code), status }, breaker);
}
