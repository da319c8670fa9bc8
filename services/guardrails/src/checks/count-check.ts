import type { Check } from '@weir/contracts/guardrails/policy';
import type { WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';

/** How many messages, images, tools and so on there are. */
export function createCountCheck(check: Check & { readonly type: 'count' }): WholeCheck {
  const { action, max = Infinity, min = 0, of } = check;
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    check(_texts, { counts }) {
      const count = counts[of] ?? 0;
      if (count >= min && count <= max) return [];
      return [{ rule: `${of}.${count < min ? 'too_few' : 'too_many'}`, score: 1, action }];
    },
  };
}
