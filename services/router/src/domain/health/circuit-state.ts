import type { TargetHealth } from '@weir/contracts/routing/buckets';
import type { Probe, Verdict } from './health.ts';

/** What is known of one subject beyond that it is well: what the routers tell each other. Never changed in place. */
export type CircuitState = Readonly<Omit<TargetHealth, 'subject'>>;

export type Breaker = NonNullable<CircuitState['breaker']>;
export type Cooldown = NonNullable<CircuitState['cooldown']>;

const well: Verdict = { state: 'closed' };

/** While a probe is out it may be over at any time: whoever waits for what it finds looks again so soon. */
const probedRetryMs = 1_000;

/** When a breaker's time has been over for so long, and nobody has asked, it says nothing any more. */
const longOverMs = 1_800_000;

/** Where the breaker and a cooldown both keep a subject out, the later end holds. */
export function verdictOf({ breaker, cooldown }: CircuitState, nowMs: number): Verdict {
  const isCooling = cooldown !== undefined && nowMs < cooldown.untilMs;
  const openUntilMs = breaker && openUntil(breaker, nowMs);
  if (isCooling && !(openUntilMs !== undefined && openUntilMs > cooldown.untilMs)) {
    return { state: 'cooling_down', retryAtMs: cooldown.untilMs, reason: cooldown.reason };
  }
  if (!breaker) return well;
  const { reason } = breaker;
  return openUntilMs === undefined
    ? { state: 'half_open', reason }
    : { state: 'open', retryAtMs: openUntilMs, reason };
}

/** While a probe is out, the others wait for what it finds, and no longer than its lease lasts. */
function openUntil({ untilMs, probe }: Breaker, nowMs: number): number | undefined {
  if (nowMs < untilMs) return untilMs;
  return probe && nowMs < probe.untilMs ? Math.min(probe.untilMs, nowMs + probedRetryMs) : undefined;
}

/** Whether there is nothing that keeps it from being asked by everybody. */
export function isWell({ breaker, cooldown }: CircuitState, nowMs: number): boolean {
  return !breaker && !isLive(cooldown, nowMs);
}

/** Whether what is known of the breaker is too old to be believed. */
export function isLongOver({ breaker }: CircuitState, nowMs: number): boolean {
  return breaker !== undefined && nowMs >= breaker.untilMs + longOverMs;
}

interface Merge {
  readonly own: CircuitState;
  readonly shared: CircuitState;
  /** Whether our breaker has moved since we last told: then it is the newer one. */
  readonly breakerMoved: boolean;
  readonly instance: string;
  readonly nowMs: number;
}

/**
 * One state of what we know and what all know. Nobody ends a cooldown, so the later end holds. A breaker that we have moved
 * goes before the shared one, unless another router's probe is out, which is about to tell; only a success goes before that.
 */
export function merge({ own, shared, breakerMoved, instance, nowMs }: Merge): CircuitState {
  const probe = shared.breaker?.probe;
  const isProbedElsewhere = probe !== undefined && probe.by !== instance && nowMs < probe.untilMs;
  const ownGoesFirst = breakerMoved && !(own.breaker && isProbedElsewhere);
  const breaker = ownGoesFirst ? own.breaker : shared.breaker;
  const cooldown = laterOf(shared.cooldown, own.cooldown);
  return {
    ...(breaker && { breaker }),
    ...(isLive(cooldown, nowMs) && { cooldown }),
  };
}

/** The first where both end at once. */
export function laterOf(one: Cooldown | undefined, other: Cooldown | undefined): Cooldown | undefined {
  if (!one || !other) return one ?? other;
  return other.untilMs > one.untilMs ? other : one;
}

export function isSameProbe(one: Probe | undefined, other: Probe | undefined): boolean {
  return one !== undefined && one.by === other?.by && one.untilMs === other.untilMs;
}

/** Whether both say the same. */
export function isSame(one: CircuitState, other: CircuitState): boolean {
  return (
    one.cooldown?.untilMs === other.cooldown?.untilMs &&
    one.breaker?.untilMs === other.breaker?.untilMs &&
    one.breaker?.trips === other.breaker?.trips &&
    (one.breaker?.probe === other.breaker?.probe || isSameProbe(one.breaker?.probe, other.breaker?.probe))
  );
}

function isLive(cooldown: Cooldown | undefined, nowMs: number): boolean {
  return cooldown !== undefined && nowMs < cooldown.untilMs;
}
