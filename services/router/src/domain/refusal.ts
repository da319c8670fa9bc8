import type { FaultCode } from '@weir/contracts/faults';
import type { Fault } from '@weir/service-kit/fault';

const refusalCodes: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'insufficient_quota',
  'budget_reserved',
  'rate_limit_exceeded',
  'model_not_priced',
]);

/** Whether a budget or a rate limit refuses the attempt: it was not made, or its stream was ended. */
export function isRefusal({ code }: Pick<Fault, 'code'>): boolean {
  return refusalCodes.has(code);
}

/** Whether it is refused for its model, so that another one may be admitted. */
export function isRefusalOfModel(fault: Pick<Fault, 'code' | 'details'>): boolean {
  if (fault.code === 'model_not_priced') return true;
  const { limit } = fault.details;
  return isRefusal(fault) && limit !== undefined && limit.model !== '*';
}
