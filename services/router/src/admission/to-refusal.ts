import type { Hold, LimitState } from '@weir/contracts/cost/admission';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import { refusalMessage } from './refusal-message.ts';

/** When to try again what only waits for others to end. */
const soonMs = 1_000;

interface Refused {
  readonly hold: Pick<Hold, 'provider' | 'model'>;
  readonly nowMs: number;
}

/** The cost service's refusal in words for callers, and with the time after which it is worth to try again. */
export function toRefusal({ code, details, cause }: Fault, { hold, nowMs }: Refused): Fault {
  const { limit } = details;
  if (code === 'model_not_priced') return notPriced(hold, { limit });
  if (!limit) return new Fault(code, { ...details, cause });
  const retryAfterMs = waitMs(code, limit, nowMs);
  return new Fault(code, {
    ...details,
    message: refusalMessage(code, limit),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause,
  });
}

/** Of a model whose cost nobody could account for. */
export function notPriced(
  { provider, model }: Pick<Hold, 'provider' | 'model'>,
  { limit }: { limit?: LimitState | undefined } = {},
): Fault {
  const name = `${provider}/${model}`;
  const why = limit ? `and the budget of ${limit.scope} holds for it` : 'and this gateway takes none without';
  const message = `The model ${name} has no price, ${why}. Whoever administers this gateway sets one with "weir prices set ${provider} ${model}".`;
  return new Fault('model_not_priced', { message, param: 'model', ...(limit && { limit }) });
}

/** Undefined where waiting does not help. */
function waitMs(code: FaultCode, { unit, resetAtMs }: LimitState, nowMs: number): number | undefined {
  if (code === 'budget_reserved') return soonMs;
  if (resetAtMs !== undefined) return Math.max(0, resetAtMs - nowMs);
  return unit === 'parallel_requests' ? soonMs : undefined;
}
