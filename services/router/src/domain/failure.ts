import { Fault } from '@weir/service-kit/fault';

/** A failed attempt: it gave no response, or not the whole of it. */
export interface Failure {
  readonly fault: Fault;
  /** The status that the provider responded with, where it responded with an error. */
  readonly status?: number | undefined;
  /** What it wrote beside, as it came: it decides whether the request is sent otherwise, and is shown to nobody. */
  readonly refusal?: string | undefined;
}

/** The same fault with further details. */
export function withDetails(fault: Fault, details: Partial<Fault['details']>): Fault {
  const { code, message, cause } = fault;
  return new Fault(code, { ...fault.details, ...details, message, cause });
}

/** Names the provider in its own failures: not where the client has gone, and not in a failure of the gateway. */
export function attributeToProvider(provider: string, fault: Fault): Fault {
  const isProviders = fault.owner === 'provider' || fault.code === 'upstream_invalid_request';
  return isProviders ? withDetails(fault, { provider }) : fault;
}
