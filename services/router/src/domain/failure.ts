import { Fault } from '@weir/service-kit/fault';
import { holdsSecret, repeatsSecret } from '@weir/service-kit/secrets/repeats-secret';
import { isRefusal } from './refusal.ts';

/** A failed attempt: it gave no response, or not the whole of it. */
export interface Failure {
  readonly fault: Fault;
  /** The status that the provider responded with, where it responded with an error. */
  readonly status?: number | undefined;
  /** Whether it is a good answer that says nothing, to which the config prefers another target's. */
  readonly isEmptyAnswer?: boolean | undefined;
  /** What it wrote beside, as it came: it decides whether the request is sent otherwise, and is shown to nobody. */
  readonly refusal?: string | undefined;
}

/** The same fault with further details. */
export function withDetails(fault: Fault, details: Partial<Fault['details']>): Fault {
  const { code, message, cause } = fault;
  return new Fault(code, { ...fault.details, ...details, message, cause });
}

/**
 * Whether the provider has caused it, by an answer or by having none: not where the client has gone, the gateway has failed, a
 * limit has refused, or the host was never asked. A refusal that is the caller's to mend is the provider's all the same.
 */
export function isOfProvider({ fault, status }: Failure): boolean {
  const { code, owner } = fault;
  if (owner === 'provider' || status !== undefined) return true;
  return (
    owner !== 'gateway' &&
    code !== 'client_closed_request' &&
    code !== 'host_not_allowed' &&
    !isRefusal(fault)
  );
}

/**
 * The failure as callers and logs may have it: with the provider's name, and without what repeats a secret that was sent to it.
 * Any host may be a config's, and says what it likes.
 */
export function attributed(failure: Failure, provider: string, secrets: readonly string[]): Failure {
  if (!isOfProvider(failure)) return failure;
  return { ...failure, fault: withDetails(withoutSecrets(failure.fault, secrets), { provider }) };
}

/** Also of what the parser of an answer says of it: it may name what stood there. */
function withoutSecrets(fault: Fault, secrets: readonly string[]): Fault {
  const { code, message, cause, details } = fault;
  const reason = cause instanceof Error ? cause.message : '';
  const { param = '', warnings = [] } = details;
  const texts = [message, reason, param, ...warnings];
  if (!holdsSecret(param, secrets) && !texts.some((text) => repeatsSecret(text, secrets))) return fault;
  const { retryAfterMs } = details;
  return new Fault(code, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause: new Error('The provider repeated a key'),
  });
}
