import type { Check } from '@weir/contracts/guardrails/policy';
import type { WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';

/** Which kinds of requests may be made. */
export function createRequestTypesCheck(check: Check & { readonly type: 'request_types' }): WholeCheck {
  const allowed = new Set<string>(check.allowed);
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    check: (_texts, { requestType }) =>
      allowed.has(requestType) ? [] : [{ rule: 'request_type_not_allowed', score: 1, action: check.action }],
  };
}
