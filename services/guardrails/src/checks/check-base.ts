import type { Check, CheckType } from '@weir/contracts/guardrails/policy';

/** What every check takes from its policy. */
export const baseOf = <Type extends CheckType>(check: Check & { readonly type: Type }) => ({
  id: check.id ?? check.type,
  type: check.type,
  onError: check.on_error,
  reportsOnly: [check.action, ...Object.values(actionsOf(check))].every((action) => action === 'report'),
});

const actionsOf = (check: Check) => ('actions' in check ? (check.actions ?? {}) : {});

/** The findings that the rest of a text may have: those before `from` have been judged. */
export const startingFrom = <T extends { readonly start: number }>(
  found: readonly T[],
  from: number,
): readonly T[] => (from === 0 ? found : found.filter(({ start }) => start >= from));
