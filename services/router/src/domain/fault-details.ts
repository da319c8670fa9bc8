import { Fault } from '@weir/service-kit/fault';

/** The same fault, with more said of it. */
export function withDetails(fault: Fault, details: Partial<Fault['details']>): Fault {
  const { code, message, cause } = fault;
  return new Fault(code, { ...fault.details, ...details, message, cause });
}

/** Names the provider in what is its failure: not in a caller's leaving, and not in a failure of ours. */
export function attributeTo(provider: string, fault: Fault): Fault {
  const isItsOwn = fault.owner === 'provider' || fault.code === 'upstream_invalid_request';
  return isItsOwn ? withDetails(fault, { provider }) : fault;
}
