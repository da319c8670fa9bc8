import type { LimitState } from '@weir/contracts/cost/admission';
import { Fault } from '@weir/service-kit/fault';
import { partEndMs } from './counter.ts';
import { amountText, type CounterState, limitStateOf } from './limit-state.ts';
import type { HoldReading } from './hold-store.ts';
import type { AppliedLimit } from './limits-index.ts';

/** How soon it is worth while to try again, where the end of attempts that are under way makes room. */
const shortWaitMs = 250;

/** What a hold meets there. */
export type HoldState = CounterState & { readonly reading: HoldReading };

/** A hard limit that refuses an attempt. */
export interface Refusal {
  readonly state: HoldState;
  readonly applied: AppliedLimit;
  /** What the attempt needs of it. */
  readonly needed: number;
  /** There would be room but for attempts that are under way. */
  readonly isOnlyHeld: boolean;
  /** When there is room again; `Infinity` where waiting does not help. */
  readonly roomAtMs: number;
}

interface RefusalContext {
  readonly nowMs: number;
  /** What is used in each part of a rolling window. */
  readonly partsOf: (state: CounterState) => ReadonlyMap<number, number>;
}

/** Which limits refuse a hold. The script has decided that one does, by the same sums. */
export function refusalsOf(states: readonly HoldState[], context: RefusalContext): Refusal[] {
  return states.flatMap((state) => {
    const { used, held, needed } = state.reading;
    return state.counter.limits
      .filter(({ amount, limit }) => limit.hard && needed > 0 && used + held + needed > amount)
      .map((applied) => {
        const most = applied.amount - needed;
        const isOnlyHeld = used <= most && !isHeldForGood(state);
        const roomAtMs = isOnlyHeld ? context.nowMs + shortWaitMs : roomAtMsOf(state, most, context);
        return { state, applied, needed, isOnlyHeld, roomAtMs };
      });
  });
}

/** The one that a caller has to wait for longest, so that nobody comes again before it; of equals, that of money. */
export function hardest(refusals: readonly Refusal[]): Refusal | undefined {
  const weight = ({ state }: Refusal) => (state.counter.counter.unit === 'usd' ? 1 : 0);
  return [...refusals].sort((one, other) =>
    one.roomAtMs === other.roomAtMs ? weight(other) - weight(one) : other.roomAtMs > one.roomAtMs ? 1 : -1,
  )[0];
}

export function isMoneySpent({ state, isOnlyHeld }: Refusal): boolean {
  return state.counter.counter.unit === 'usd' && !isOnlyHeld;
}

/** The router says it in words. `limits`: what is left of all that hold for the attempt, since nothing else tells that. */
export function refusalFault(
  { state, applied, isOnlyHeld, needed, roomAtMs }: Refusal,
  { limits, nowMs }: { limits: readonly LimitState[]; nowMs: number },
): Fault {
  const { unit } = state.counter.counter;
  // A budget is told with its own end; how soon attempts under way make room in it nobody knows.
  const isToldByWindow = isOnlyHeld && (unit === 'usd' || unit === 'parallel_requests');
  const code = unit !== 'usd' ? 'rate_limit_exceeded' : isOnlyHeld ? 'budget_reserved' : 'insufficient_quota';
  return new Fault(code, {
    limit: {
      ...limitStateOf(state, applied, { nowMs, resetAtMs: isToldByWindow ? undefined : roomAtMs }),
      needed: amountText(unit, needed),
    },
    limits: [...limits],
    ...(Number.isFinite(roomAtMs) && { retryAfterMs: Math.max(1, roomAtMs - nowMs) }),
  });
}

/** A request that is under way counts in its day or month when it ends, too. */
function isHeldForGood({ counter: { counter } }: HoldState): boolean {
  return counter.unit === 'requests' && counter.window.kind !== 'rolling';
}

/** When no more than `most` is used. */
function roomAtMsOf(state: CounterState, most: number, { partsOf }: RefusalContext): number {
  const { window } = state.counter.counter;
  if (most < 0) return Infinity;
  if (window.kind !== 'rolling') return state.counter.place.endMs ?? Infinity;
  let { used } = state.reading;
  for (const [index, amount] of [...partsOf(state)].sort(([one], [other]) => one - other)) {
    used -= amount;
    if (used <= most) return partEndMs(index, window.partMs);
  }
  return Infinity;
}
