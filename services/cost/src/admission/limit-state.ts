import type { LimitState } from '@weir/contracts/cost/admission';
import { type LimitUnit, scopeText } from '@weir/contracts/cost/limits';
import { formatUsd } from '@weir/pricing/money';
import type { PlacedCounter } from './epoch-scripts.ts';
import type { Reading } from './hold-store.ts';
import type { AppliedLimit } from './limits-index.ts';

/** Of a counter in its window. */
export interface CounterState {
  readonly counter: PlacedCounter;
  readonly reading: Reading;
}

/** An amount of money as `"12.5"`, others as `"12"`. */
export function amountText(unit: LimitUnit, amount: number): string {
  return unit === 'usd' ? formatUsd(amount) : String(amount);
}

/** @param resetAtMs When there is room again, where that is known better than by the window; `Infinity` for never. */
export function limitStateOf(
  { counter: { counter, place }, reading: { used, held } }: CounterState,
  { limit, amount, contact }: AppliedLimit,
  { nowMs, resetAtMs }: { nowMs: number; resetAtMs?: number | undefined },
): LimitState {
  const { scope, unit, model, window } = counter;
  // At the latest when all that is used and held now has left a rolling window.
  const rollingEndMs = window.kind === 'rolling' && used + held > 0 ? nowMs + window.windowMs : undefined;
  const endMs = resetAtMs ?? place.endMs ?? rollingEndMs;
  return {
    scope: scopeText(scope),
    unit,
    ...(limit.unit !== 'parallel_requests' && { window: windowName(limit) }),
    model,
    limit: amountText(unit, amount),
    remaining: amountText(unit, Math.max(0, amount - used - held)),
    ...(endMs !== undefined && Number.isFinite(endMs) && { resetAtMs: endMs }),
    ...(contact !== undefined && { contact }),
  };
}

/** `day`, `3600s`. */
function windowName(limit: Exclude<AppliedLimit['limit'], { unit: 'parallel_requests' }>): string {
  return limit.rolling_seconds === undefined ? limit.window : `${limit.rolling_seconds}s`;
}

/** Of each unit the limit with the least room. Those that only alert limit nothing, where a hard one stands beside them. */
export function tightestLimits(states: readonly CounterState[], nowMs: number): LimitState[] {
  const tightest = new Map<LimitUnit, { state: CounterState; applied: AppliedLimit; room: number }>();
  for (const state of states) {
    for (const applied of state.counter.limits) {
      const room = applied.amount - state.reading.used - state.reading.held;
      const { unit } = applied.limit;
      const other = tightest.get(unit);
      const isHarder = Number(applied.limit.hard) - Number(other?.applied.limit.hard ?? false);
      if (!other || isHarder > 0 || (isHarder === 0 && room < other.room))
        tightest.set(unit, { state, applied, room });
    }
  }
  return [...tightest.values()].map(({ state, applied }) => limitStateOf(state, applied, { nowMs }));
}
