import type { LimitState } from '@weir/contracts/cost/admission';
import type { FaultCode } from '@weir/contracts/faults';

/** What a caller reads of a refusal: which limit, how much it is, when there is room again, and whom to ask. */
export function refusalMessage(code: FaultCode, limit: LimitState): string {
  const { contact, resetAtMs, model } = limit;
  const models = model === '*' ? '' : `, for models named ${JSON.stringify(model)}`;
  const reset =
    resetAtMs === undefined ? '' : ` There is room again at ${new Date(resetAtMs).toISOString()}.`;
  const whom = contact === undefined ? '' : ` Ask ${contact} about it.`;
  return `${whatIsReached(code, limit, models)}${reset}${whom}`;
}

function whatIsReached(code: FaultCode, limit: LimitState, models: string): string {
  const { needed, scope, unit, remaining } = limit;
  const amount = `${amountText(limit)}${models}`;
  if (code === 'budget_reserved') {
    return `What is left of the budget of ${scope} (${amount}) is held for requests that are under way. Try again shortly.`;
  }
  if (unit === 'usd') {
    const left = `$${remaining} is left of it`;
    if (needed === undefined)
      return `The budget of ${scope} (${amount}) does not cover this request: ${left}.`;
    const smaller = remaining === '0' ? '' : ' Make it smaller (max_tokens).';
    return `The budget of ${scope} (${amount}) does not cover this request, which may cost up to $${needed}: ${left}.${smaller}`;
  }
  if (unit === 'tokens' && needed !== undefined)
    return `The limit of ${scope} (${amount}) does not cover this request, which needs ${needed} tokens: ${remaining} are left of it.`;
  return `The limit of ${scope} is reached: ${amount}.`;
}

function amountText({ unit, limit, window }: LimitState): string {
  switch (unit) {
    case 'usd':
      return `$${limit}${windowText(window)}`;
    case 'parallel_requests':
      return `${limit} requests at once`;
    case 'requests':
    case 'tokens':
      return `${limit} ${unit}${windowText(window)}`;
  }
}

function windowText(window: string | undefined): string {
  switch (window) {
    case undefined:
      return '';
    case 'minute':
    case 'day':
    case 'month':
      return ` a ${window}`;
    case 'total':
      return ' in all';
    default:
      return ` within ${window.replace(/^(\d+)s$/, '$1 seconds')}`;
  }
}
