import type { Limit, ScopeLimits } from '@weir/contracts/cost/limits';
import type { Clock } from '@weir/service-kit/clock';
import type { ReadUsage } from '../domain/limit-usage.ts';
import type { CounterStore } from './counter-store.ts';
import { placeOf } from './counter.ts';
import type { PlacedCounter } from './epoch-scripts.ts';
import type { Reading } from './hold-store.ts';
import { amountText, limitStateOf } from './limit-state.ts';
import type { LimitsIndex } from './limits-index.ts';
import type { Seeder } from './seeder.ts';

interface LimitUsageParts {
  readonly limits: Pick<LimitsIndex, 'countersOf'>;
  readonly counters: Pick<CounterStore, 'readCounter'>;
  readonly seeder: Pick<Seeder, 'seed'>;
  readonly clock: Clock;
}

/** Of what Redis has, and the ledger where it does not. */
export function createCurrentUsage(parts: LimitUsageParts): ReadUsage {
  const { limits, clock } = parts;
  return async (scopeLimits) => {
    const nowMs = clock.nowMs();
    const states = await Promise.all(
      limits.countersOf(scopeLimits).map(async (one) => {
        const counter = { ...one, place: placeOf(one.counter, nowMs, nowMs) };
        return { counter, reading: await readCounter(parts, counter) };
      }),
    );
    return scopeLimits.limits.flatMap((limit) => {
      const state = states.find(({ counter }) => counter.limits.some((applied) => applied.limit === limit));
      const applied = state?.counter.limits.find((one) => one.limit === limit);
      if (!state || !applied) return [];
      const { window, unit } = state.counter.counter;
      const hasStart = window.kind !== 'none' && window.kind !== 'total';
      return {
        ...limitStateOf(state, applied, { nowMs }),
        used: amountText(unit, state.reading.used),
        held: amountText(unit, state.reading.held),
        ...(hasStart && { windowStartMs: state.counter.place.startMs }),
      };
    });
  };
}

/** Forgets what a limit's counter has, so that it is read anew from the ledger. */
export type Reseed = (scopeLimits: ScopeLimits, limit: Limit) => Promise<void>;

export function createReseed({
  limits,
  counters,
  clock,
}: Pick<LimitUsageParts, 'limits' | 'clock'> & { counters: Pick<CounterStore, 'forget'> }): Reseed {
  return async (scopeLimits, limit) => {
    const nowMs = clock.nowMs();
    for (const one of limits.countersOf(scopeLimits))
      if (one.counter.unit !== 'parallel_requests' && one.limits.some((applied) => applied.limit === limit))
        await counters.forget({ ...one, place: placeOf(one.counter, nowMs, nowMs) }, nowMs);
  };
}

/** What is used and held of a counter now. */
export async function readCounter(
  { counters, seeder }: Pick<LimitUsageParts, 'counters' | 'seeder'>,
  counter: PlacedCounter,
): Promise<Reading> {
  // Read from the ledger where Redis does not have it; where it does, this costs one look.
  if (counter.counter.unit !== 'parallel_requests') await seeder.seed([counter]);
  const fields = await counters.readCounter(counter);
  const { from, to, suffix } = counter.place;
  let used = 0;
  for (let index = from; index <= to; index += 1) used += Number(fields.get(`u${index}`) ?? 0);
  return { used, held: Number(fields.get(`h${suffix}`) ?? 0) };
}
