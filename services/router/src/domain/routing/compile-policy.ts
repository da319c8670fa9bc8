import { createHash } from 'node:crypto';
import type { RoutingTarget } from '@weir/contracts/routing/config';
import type { BreakerPolicy, HealthScope, RetryPolicy, TargetPolicy, Timeouts } from './compiled-config.ts';
import { defaultRetryStatusCodes } from './retry-policy.ts';

/** Whose config it is. */
export interface ConfigOwner {
  /** Tells it from all others. */
  readonly id: string;
  /** Whether an admin has stored it; else a request has brought it along. */
  readonly isStored: boolean;
}

/** What holds where a config says nothing: one attempt, and a breaker that opens on an outage and on nothing less. */
export const defaultPolicy: TargetPolicy = {
  retry: { attempts: 0, onStatusCodes: defaultRetryStatusCodes, usesRetryAfter: true },
  timeouts: {},
  breaker: {
    failures: 5,
    failureRate: 0.5,
    minRequests: 20,
    openMs: 5_000,
    maxOpenMs: undefined,
    failureStatusCodes: undefined,
  },
  healthScope: { id: '', isShared: true },
  onEmptyAnswer: 'accept',
};

/** What a node of a config says, over what it inherits from the nodes above. */
export function toPolicy(node: RoutingTarget, inherited: TargetPolicy, owner: ConfigOwner): TargetPolicy {
  const retry = toRetry(node.retry, inherited.retry);
  const timeouts = toTimeouts(node, inherited.timeouts);
  const breaker = toBreaker(node, inherited.breaker);
  const healthScope = toHealthScope(timeouts, breaker, owner);
  const onEmptyAnswer = node.on_empty_answer ?? inherited.onEmptyAnswer;
  return { retry, timeouts, breaker, healthScope, onEmptyAnswer };
}

function toHealthScope(timeouts: Timeouts, breaker: BreakerPolicy, owner: ConfigOwner): HealthScope {
  const said = inOrder(timeouts, breaker);
  if (said === inOrder(defaultPolicy.timeouts, defaultPolicy.breaker)) return defaultPolicy.healthScope;
  const id = createHash('sha256').update(owner.id).update(said).digest('base64url').slice(0, 11);
  return { id, isShared: owner.isStored };
}

/** As text, in which an absent limit, and one that never strikes, are null. */
function inOrder(timeouts: Timeouts, breaker: BreakerPolicy): string {
  const { connectMs, firstByteMs, firstContentMs, idleMs, totalMs } = timeouts;
  const { failures, failureRate, minRequests, openMs, maxOpenMs, failureStatusCodes } = breaker;
  const breakerValues = [
    failures,
    failureRate,
    minRequests,
    openMs,
    maxOpenMs,
    [...(failureStatusCodes ?? [])],
  ];
  return JSON.stringify([connectMs, firstByteMs, firstContentMs, idleMs, totalMs, ...breakerValues]);
}

function toRetry(said: RoutingTarget['retry'], inherited: RetryPolicy): RetryPolicy {
  if (!said) return inherited;
  return {
    attempts: said.attempts,
    onStatusCodes: said.on_status_codes ? new Set(said.on_status_codes) : defaultRetryStatusCodes,
    usesRetryAfter: said.use_retry_after_header ?? true,
  };
}

function toTimeouts(said: RoutingTarget, inherited: Timeouts): Timeouts {
  return {
    connectMs: said.connect_timeout ?? inherited.connectMs,
    firstByteMs: said.first_byte_timeout ?? inherited.firstByteMs,
    firstContentMs: said.first_content_timeout ?? inherited.firstContentMs,
    idleMs: said.idle_timeout ?? inherited.idleMs,
    totalMs: said.request_timeout ?? inherited.totalMs,
  };
}

function toBreaker(node: RoutingTarget, inherited: BreakerPolicy): BreakerPolicy {
  const said = node.strategy?.cb_config ?? {};
  const percentage = said.failure_threshold_percentage;
  return {
    // Where only a rate is given, it alone decides.
    failures: said.failure_threshold ?? (percentage === undefined ? inherited.failures : Infinity),
    failureRate: percentage === undefined ? inherited.failureRate : percentage / 100,
    minRequests: said.minimum_requests ?? inherited.minRequests,
    openMs: said.cooldown_interval ?? inherited.openMs,
    maxOpenMs: said.max_cooldown ?? node.max_cooldown ?? inherited.maxOpenMs,
    failureStatusCodes: said.failure_status_codes
      ? new Set(said.failure_status_codes)
      : inherited.failureStatusCodes,
  };
}
