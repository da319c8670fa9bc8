import type { targetHealth, TargetHealth } from '@weir/contracts/routing/buckets';
import type { Store, StoreEntry } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';

/** What routers need of the bucket. */
export type HealthStore = Pick<
  Store<typeof targetHealth>,
  'get' | 'unreadable' | 'watch' | 'put' | 'isCurrent'
>;

interface OwnClockParts {
  readonly store: HealthStore;
  /** This router instance's id. */
  readonly instance: string;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Times move by whole seconds, so that what one router writes again of another's is exactly what that one wrote: by its time a
 * probe is known.
 */
const stepMs = 1_000;

/** What seems to be further off is an entry that came late. */
const maxShiftMs = 90_000;

/**
 * The bucket of the targets' health with all times by this router's clock. A cooldown of a second that a router writes whose clock is a
 * minute ahead would last a minute here. Entries say when they were written, and are heard of within milliseconds: the
 * difference is the clocks', and that is what their times are moved by.
 */
export function byOwnClock({ store, instance, clock }: OwnClockParts): HealthStore {
  const shifts = new Map<string, { readonly revision: number; readonly shiftMs: number }>();
  let isThere = false;

  const shiftOf = ({ written }: TargetHealth) => {
    // What was there before was written at some time or other.
    if (!written || written.by === instance || !isThere || !store.isCurrent) return 0;
    const shiftMs = Math.round((clock.nowMs() - written.atMs) / stepMs) * stepMs;
    return Math.abs(shiftMs) > maxShiftMs ? 0 : shiftMs;
  };
  const shifted = (entry: StoreEntry<TargetHealth>): StoreEntry<TargetHealth> => {
    const known = shifts.get(entry.key);
    const isMoved = known?.revision === entry.revision && known.shiftMs !== 0;
    return isMoved ? { ...entry, value: moved(entry.value, known.shiftMs) } : entry;
  };

  store.watch((key, entry) => {
    if (!entry || entry.fault) shifts.delete(key);
    else shifts.set(key, { revision: entry.revision, shiftMs: shiftOf(entry.value) });
  });
  isThere = true;
  return {
    get: (key) => {
      const entry = store.get(key);
      return entry && shifted(entry);
    },
    watch: (listener) => {
      store.watch((key, entry) => listener(key, !entry || entry.fault ? entry : shifted(entry)));
    },
    put: (key, value, options) => {
      const written = { by: instance, atMs: clock.nowMs() };
      return store.put(key, { ...value, written }, options);
    },
    get unreadable() {
      return store.unreadable;
    },
    get isCurrent() {
      return store.isCurrent;
    },
  };
}

function moved({ breaker, cooldown, ...rest }: TargetHealth, byMs: number): TargetHealth {
  const later = <Timed extends { readonly untilMs: number }>(timed: Timed): Timed => ({
    ...timed,
    untilMs: timed.untilMs + byMs,
  });
  const probe = breaker?.probe && { probe: later(breaker.probe) };
  return {
    ...rest,
    ...(breaker && { breaker: { ...later(breaker), ...probe } }),
    ...(cooldown && { cooldown: later(cooldown) }),
  };
}
