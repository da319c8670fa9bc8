import type { Admission, Hold, Settlement } from '@weir/contracts/cost/admission';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import { BudgetUse } from './budget-use.ts';
import type { CounterStore } from './counter-store.ts';
import { placeOf } from './counter.ts';
import type { PlacedCounter } from './epoch-scripts.ts';
import type { HoldStore } from './hold-store.ts';
import { type CounterState, limitStateOf, tightestLimits } from './limit-state.ts';
import { readCounter } from './limit-usage.ts';
import type { LimitedCounter, LimitsIndex } from './limits-index.ts';
import { hardest, type HoldState, isMoneySpent, refusalFault, refusalsOf } from './refusal.ts';
import type { Seeder } from './seeder.ts';
import type { ThresholdAlerts } from './threshold-alerts.ts';

interface ReserveParts {
  readonly limits: Pick<LimitsIndex, 'assertReadable' | 'isKnown' | 'limitsOf'>;
  readonly holds: Pick<HoldStore, 'reserve'>;
  readonly counters: Pick<CounterStore, 'readCounter'>;
  readonly seeder: Pick<Seeder, 'seed'>;
  readonly alerts: Pick<ThresholdAlerts, 'refused'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** So many end users a minute of an organisation whose counters have to be read from the ledger first, of each replica. */
const maxNewEndUsers = 1_000;

export type Reserve = (hold: Hold, settles?: Settlement) => Promise<Admission>;

/** How often a hold is put again, after counters that it needs were read from the ledger. */
const maxTries = 3;

/** Holds what an attempt may use, of all limits or of none, and makes a hold larger. Throws what the contract says. */
export function createReserve(parts: ReserveParts): Reserve {
  const { limits, holds, seeder, clock } = parts;
  const refuse = createRefuse(parts);
  const countNewEndUser = createNewEndUserCount(clock);
  const use = new BudgetUse(parts);
  return async (hold, settles) => {
    limits.assertReadable(hold.attribution);
    if (!limits.isKnown) throw new Fault('service_unavailable', { retryAfterMs: 1_000 });
    const limited = limits.limitsOf(hold.attribution, hold);
    if (hold.amountNanoUsd === undefined) await refuseUnpriced(parts, hold, limited);
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      const nowMs = clock.nowMs();
      const placed = limited.map((one) => ({
        ...one,
        place: placeOf(one.counter, hold.startedAtMs, nowMs),
      }));
      const reserved = await holds.reserve(hold, placed, settles);
      switch (reserved.outcome) {
        case 'over':
          throw new Fault('deadline_exceeded', {
            message: 'The attempt was given up before it was admitted.',
          });
        case 'unseeded': {
          const unread = reserved.counters.flatMap((i) => placed[i] ?? []);
          if (unread.some(({ counter }) => counter.scope.kind === 'end_user'))
            countNewEndUser(hold.attribution.organisation);
          await seeder.seed(unread);
          break;
        }
        case 'held':
        case 'refused': {
          const states = statesOf(placed, reserved.readings);
          use.observe(states);
          if (reserved.outcome === 'refused') throw await refuse(states, nowMs);
          return { limits: tightestLimits(states, nowMs) };
        }
      }
    }
    throw new Fault('service_unavailable', { retryAfterMs: 1_000 });
  };
}

/** Callers name their end users: whoever makes up ever new ones is not to fill Redis, and keep Postgres busy. */
function createNewEndUserCount(clock: Clock): (organisation: string) => void {
  let minute = 0;
  const counts = new Map<string, number>();
  return (organisation) => {
    const now = Math.floor(clock.nowMs() / 60_000);
    if (now !== minute) counts.clear();
    minute = now;
    const count = (counts.get(organisation) ?? 0) + 1;
    counts.set(organisation, count);
    if (count <= maxNewEndUsers) return;
    throw new Fault('rate_limit_exceeded', {
      message: 'Too many end users have been named for the first time within a minute. Try again shortly.',
      retryAfterMs: (minute + 1) * 60_000 - clock.nowMs(),
    });
  };
}

function createRefuse({ alerts, counters, metrics }: ReserveParts) {
  const refused = metrics.counter({
    name: 'budget_refusals_total',
    help: 'Attempts that a limit has refused, by the limit that was told',
    labels: ['unit', 'scope', 'code'],
  });
  return async (states: readonly HoldState[], nowMs: number): Promise<Fault> => {
    const parts = new Map<CounterState, ReadonlyMap<number, number>>();
    for (const state of states)
      if (state.counter.counter.window.kind === 'rolling')
        parts.set(state, await partsIn(counters, state.counter));
    const partsOf = (state: CounterState) => parts.get(state) ?? new Map<number, number>();
    const refusals = refusalsOf(states, { nowMs, partsOf });
    for (const { state, applied } of refusals.filter(isMoneySpent))
      alerts.refused(state.counter, applied, state.reading.used);
    const told = hardest(refusals);
    if (!told) throw new Error('a script refused what no limit refuses');
    const fault = refusalFault(told, { limits: tightestLimits(states, nowMs), nowMs });
    const { scope, unit } = told.state.counter.counter;
    refused.labels({ unit, scope: scope.kind, code: fault.code }).inc();
    return fault;
  };
}

async function partsIn(
  counters: Pick<CounterStore, 'readCounter'>,
  counter: PlacedCounter,
): Promise<ReadonlyMap<number, number>> {
  const { from, to } = counter.place;
  const fields = await counters.readCounter(counter);
  const parts = new Map<number, number>();
  for (let index = from; index <= to; index += 1) {
    const used = Number(fields.get(`u${index}`) ?? 0);
    if (used > 0) parts.set(index, used);
  }
  return parts;
}

function statesOf(placed: readonly PlacedCounter[], readings: readonly HoldState['reading'][]): HoldState[] {
  return placed.map((counter, i) => ({ counter, reading: readings[i] ?? { used: 0, held: 0, needed: 0 } }));
}

/** What a model without a price may cost nobody knows: where money is limited, it is not called. */
async function refuseUnpriced(
  parts: ReserveParts,
  hold: Hold,
  limited: readonly LimitedCounter[],
): Promise<void> {
  const found = limited.find(({ counter, hardLimit }) => counter.unit === 'usd' && hardLimit !== undefined);
  const applied = found?.limits.find(({ limit }) => limit.hard);
  if (!found || !applied) return;
  const nowMs = parts.clock.nowMs();
  const counter = { ...found, place: placeOf(found.counter, hold.startedAtMs, nowMs) };
  const reading = await readCounter(parts, counter);
  throw new Fault('model_not_priced', { limit: limitStateOf({ counter, reading }, applied, { nowMs }) });
}
