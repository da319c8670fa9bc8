import type { FaultCode } from '@weir/contracts/faults';
import { answerJsonLimits, maxAnswerBytes } from '@weir/contracts/limits';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Failure } from '../failure.ts';
import { isRefusal, isRefusalOfModel } from '../refusal.ts';
import type { HealthStatus } from '../health/health.ts';
import type { RetryPolicy } from './compiled-config.ts';

// Whether a failed attempt is followed by another one at the same target, by its next credential or after a pause: `nextStep`,
// called by `TargetExecutor`. What follows a target that is given up, `fallback-policy.ts` says.

/** Retried where a config names no statuses: Portkey's default, and time-outs. */
export const defaultRetryStatusCodes: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * For one request, whatever its config says. Inline configs are made by callers, and nobody has reviewed them. What was received
 * is of answers that have failed: four as large as one may be, or one with as many values.
 */
export const attemptLimits = {
  attempts: 32,
  attemptsWithInlineConfig: 16,
  sentBytes: 64 * 1024 * 1024,
  receivedBytes: 4 * maxAnswerBytes,
  receivedValues: answerJsonLimits.maxValues,
};

/**
 * What one target may be retried: a share of its first attempts, which counts less the older they are (a third after
 * `decayMs`), and beside it a few retries a second, so that a target with little traffic is retried too.
 */
export const retryBudgetRules = { perFirstAttempt: 0.2, decayMs: 10_000, sparePerSecond: 3, maxSpare: 10 };

const backoff = { firstMs: 500, longestMs: 5_000 };

/** A longer pause is made only where no other target can be tried at once. */
const shortPauseMs = backoff.longestMs;

/** A longer pause is never made: the client had better retry by itself. */
const longestPauseMs = 60_000;

/** A timer may fire a little early, and the cooldown would not be over yet. */
const timerSlackMs = 3;

/** Statuses that a failure matches beside its own, where providers have no status for it or one of their own, as 529. */
const equivalentStatuses: Partial<Record<FaultCode, readonly number[]>> = {
  // Portkey's users know a time-out as 408.
  upstream_timeout: [408, 504],
  upstream_unreachable: [502, 503],
  upstream_overloaded: [503, 529],
  // The provider was not reached.
  resource_exhausted: [502, 503],
};

/** Whether a config's list of statuses includes the failure. */
export function matchesStatus(statusCodes: ReadonlySet<number>, { fault, status }: Failure): boolean {
  return (
    statusCodes.has(status ?? fault.status) ||
    (equivalentStatuses[fault.code] ?? []).some((equivalent) => statusCodes.has(equivalent))
  );
}

/**
 * Whether the same target may be asked again. A failure that the request itself causes would only come again. A time-out of
 * our own is no 504 of the provider's: asking a silent target again multiplies the wait, so a list has to name it as Portkey
 * does, by 408.
 */
function isRetryable({ onStatusCodes }: RetryPolicy, failure: Failure): boolean {
  const { fault, status } = failure;
  if (failure.isEmptyAnswer) return false;
  // A model that is not there may be one that a host is about to load.
  const isMissing = fault.code === 'model_not_found' && status !== undefined;
  if (fault.owner !== 'provider' && !isMissing) return false;
  const isOwnTimeout = fault.code === 'upstream_timeout' && status === undefined;
  return isOwnTimeout ? onStatusCodes.has(408) : matchesStatus(onStatusCodes, failure);
}

/**
 * Whether no attempt may follow at all: the client has gone, its deadline has passed, the gateway itself failed, or a limit
 * is reached that holds for every model. What this process lacks to reach one host it may have for another, to which it has a connection.
 */
export function isFinal({ fault }: Failure): boolean {
  const { code, owner } = fault;
  if (code === 'resource_exhausted') return false;
  if (code === 'client_closed_request' || code === 'deadline_exceeded' || owner === 'gateway') return true;
  return isRefusal(fault) && !isRefusalOfModel(fault);
}

/** Failures that another credential of the same provider may not have. */
function isCredentialFailure({ fault, status }: Failure): boolean {
  // A 429 because this one request is larger than the account's limit says nothing of the account's rate.
  if (fault.code === 'body_too_large') return false;
  const isRejected = fault.code === 'upstream_credentials_rejected' || fault.code === 'upstream_rate_limited';
  return isRejected || status === 401 || status === 403 || status === 429;
}

/** A failed attempt at a target, with all that decides on what follows it. */
export interface FailedAttempt {
  readonly failure: Failure;
  readonly policy: RetryPolicy;
  /** How many retries of the target there have been. */
  readonly retries: number;
  /** Whether a part of the response has been sent to the client. */
  readonly isCommitted: boolean;
  /** Whether the request has reached its {@link attemptLimits}. */
  readonly areAttemptsExhausted: boolean;
  /** Whether a credential of the target that was not used in this round may be used now. */
  readonly hasNextCredential: boolean;
  /** Whether the config has a target to fall back to. */
  readonly hasNextTarget: () => boolean;
  /** The health of the target's credentials. */
  readonly statuses: readonly HealthStatus[];
  /** Whether a config has named the host: it must not be able to keep requests waiting. */
  readonly isConfigHost: boolean;
  /** Unix times in milliseconds. */
  readonly nowMs: number;
  readonly deadlineAtMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export type NextStep =
  | { readonly kind: 'next_credential' }
  /** The same target again, if its retry budget allows one more. */
  | { readonly kind: 'retry'; readonly pauseMs: number }
  /** No further attempt at this target. */
  | { readonly kind: 'give_up' };

const giveUp: NextStep = { kind: 'give_up' };

/** What follows a failed attempt at the same target. */
export function nextStep(attempt: FailedAttempt): NextStep {
  const { failure, policy, retries } = attempt;
  if (attempt.isCommitted || isFinal(failure) || attempt.areAttemptsExhausted) return giveUp;
  if (isCredentialFailure(failure) && attempt.hasNextCredential) return { kind: 'next_credential' };
  if (!isRetryable(policy, failure) || retries >= policy.attempts) return giveUp;
  const pauseMs = pauseBeforeRetryMs(attempt);
  return pauseMs === undefined ? giveUp : { kind: 'retry', pauseMs };
}

/** Undefined where the pause would be too long, or every credential's breaker is open. */
function pauseBeforeRetryMs(attempt: FailedAttempt): number | undefined {
  if (attempt.statuses.every(({ state }) => state === 'open')) return undefined;
  const pauseMs = wantedPauseMs(attempt);
  const maxMs = attempt.isConfigHost ? shortPauseMs : longestPauseMs;
  if (pauseMs > maxMs || attempt.nowMs + pauseMs >= attempt.deadlineAtMs) return undefined;
  return pauseMs > shortPauseMs && attempt.hasNextTarget() ? undefined : pauseMs;
}

/** Until the first credential's cooldown is over, else what the provider's `retry-after` says, else the backoff. */
function wantedPauseMs({ failure, policy, retries, statuses, nowMs, random }: FailedAttempt): number {
  const usableAtMs = Math.min(...statuses.map(({ retryAtMs = nowMs }) => retryAtMs));
  if (usableAtMs > nowMs) return usableAtMs - nowMs + timerSlackMs;
  const { retryAfterMs = 0 } = failure.fault.details;
  if (policy.usesRetryAfter && retryAfterMs > 0) return retryAfterMs;
  // Full jitter, so that requests which failed together do not come back together.
  return random() * backoffMs(retries, backoff);
}
