import type { AttemptMade } from '@weir/contracts/usage-events';
import { isBeforeConnection, systemCode } from '@weir/service-kit/own-shortage';
import { withTruncatedNames } from '../dialects/usage.ts';
import type { Failure } from '../domain/failure.ts';
import type { AvailableTarget, CredentialSlot } from '../domain/routing/available-target.ts';
import type { RequestContext } from './request-context.ts';
import type { AttemptResult } from './attempt.ts';

/** A finished attempt. */
export interface FinishedAttempt {
  /** From 1, in the order in which a request's attempts began. */
  readonly number: number;
  readonly candidate: AvailableTarget;
  readonly slot: CredentialSlot;
  readonly purpose: AttemptMade['purpose'];
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  readonly latencyMs: number;
  readonly firstContentMs: number | undefined;
  readonly outcome: string;
  readonly result: AttemptResult;
  /** What it has used, and what that costs. */
  readonly bill: Pick<AttemptMade, 'usage' | 'cost' | 'modelAskedNanoUsd'>;
  /** Whom the caller names. */
  readonly endUser: string | undefined;
  /** Whether no attempt of the request was reported before. */
  readonly isFirstReport: boolean;
}

/** The usage event of an attempt. It holds nothing of the prompt or the response. */
export function toAttemptMade(
  { chat, envelope, configName }: RequestContext,
  finished: FinishedAttempt,
): AttemptMade {
  const { bill, candidate, endUser, slot, firstContentMs, result } = finished;
  return {
    requestId: envelope.requestId,
    attempt: finished.number,
    ...(envelope.dispatch !== undefined && { dispatch: envelope.dispatch }),
    tenant: envelope.tenant,
    ...envelope.caller,
    ...(endUser !== undefined && { endUser }),
    startedAtMs: finished.startedAtMs,
    latencyMs: finished.latencyMs,
    ...(firstContentMs !== undefined && { firstContentMs }),
    provider: candidate.provider.name,
    model: candidate.model.id,
    modelAsked: chat.model,
    ...(configName !== undefined && { config: configName, path: candidate.target.path }),
    ...(slot.credential && { credential: slot.credential.fingerprint }),
    purpose: finished.purpose,
    outcome: finished.outcome,
    maybeBilled: mayBeBilled(result),
    streamed: chat.stream === true,
    ...bill,
    usage: withTruncatedNames(bill.usage),
    // Once for a request: it may be as long as all the rest.
    ...(envelope.metadata && finished.isFirstReport && { metadata: envelope.metadata }),
  };
}

/** Errors with which a request has never reached the provider. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPROTO',
]);

/** Error codes of OpenSSL and Node for a certificate that is not trusted: no request is sent over such a connection. */
const tlsError = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** A gateway before the provider (Cloudflare has 520 to 524) did not wait for its response, which may have been generated. */
const answeredByGateway = new Set([408, 502, 504, 520, 521, 522, 523, 524]);

/**
 * Whether the provider may bill the attempt. It does not bill an error status of its own; of a broken connection, or a
 * response that was not waited for, it is not known.
 */
export function mayBeBilled(result: AttemptResult): boolean {
  if (result.ok) return true;
  const { fault, status } = result.failure;
  if (status !== undefined) return answeredByGateway.has(status);
  if (fault.code === 'host_not_allowed') return false;
  if (isUnsent(result.failure)) return false;
  const code = systemCode(fault.cause) ?? '';
  return !neverSent.has(code) && !tlsError.test(code);
}

/** Whether nothing has left this process, since it lacked what it needs for that: no provider was asked. */
export function isUnsent({ fault }: Failure): boolean {
  return fault.code === 'resource_exhausted' && isBeforeConnection(fault.cause);
}
