import type { TargetHealth } from '@weir/contracts/routing/buckets';
import type { HalfOpenProbe, HealthStatus } from './health.ts';

/** An open breaker and a cooldown, each where there is one: what the routers share of a health key. Never changed in place. */
export type CircuitState = Readonly<Omit<TargetHealth, 'subject' | 'written'>>;

export type OpenBreaker = NonNullable<CircuitState['breaker']>;
export type Cooldown = NonNullable<CircuitState['cooldown']>;

const healthy: HealthStatus = { state: 'closed' };

/** While a probe is under way it may end at any time: whoever waits for its outcome looks again after this long. */
const probeRecheckMs = 1_000;

/** A breaker that nobody has probed for this long after its time was over has expired. */
const expiredAfterMs = 1_800_000;

/** Where an open breaker and a cooldown overlap, the later end holds. */
export function statusAt({ breaker, cooldown }: CircuitState, nowMs: number): HealthStatus {
  const isCooling = cooldown !== undefined && nowMs < cooldown.untilMs;
  const openUntilMs = breaker && openUntil(breaker, nowMs);
  if (isCooling && !(openUntilMs !== undefined && openUntilMs > cooldown.untilMs)) {
    return { state: 'cooling_down', retryAtMs: cooldown.untilMs, reason: cooldown.reason };
  }
  if (!breaker) return healthy;
  const { reason, isDoubted } = breaker;
  return openUntilMs === undefined
    ? { state: 'half_open', reason }
    : { state: 'open', retryAtMs: openUntilMs, reason, ...(isDoubted && { isDoubted }) };
}

/** While a probe is under way all other requests wait for its outcome, at most until its lease ends. */
function openUntil({ untilMs, probe }: OpenBreaker, nowMs: number): number | undefined {
  if (nowMs < untilMs) return untilMs;
  return probe && nowMs < probe.untilMs ? Math.min(probe.untilMs, nowMs + probeRecheckMs) : undefined;
}

/** Whether every request may call it: no breaker that is open or half open, and no cooldown. */
export function isHealthy({ breaker, cooldown }: CircuitState, nowMs: number): boolean {
  return !breaker && !isLive(cooldown, nowMs);
}

/** The same without its breaker. */
export const withoutBreaker = ({ cooldown }: CircuitState): CircuitState => (cooldown ? { cooldown } : {});

/** Whether it is open, and its time not over. */
export function isOpen(breaker: OpenBreaker | undefined, nowMs: number): breaker is OpenBreaker {
  return breaker !== undefined && nowMs < breaker.untilMs;
}

/** Whether the breaker's state is too old to mean anything. */
export function isExpired({ breaker }: CircuitState, nowMs: number): boolean {
  return breaker !== undefined && nowMs >= breaker.untilMs + expiredAfterMs;
}

interface Merge {
  readonly own: CircuitState;
  readonly shared: CircuitState;
  /** Whether our breaker has changed since we last published it: then it is newer than the shared one. */
  readonly breakerMoved: boolean;
  readonly instance: string;
  readonly nowMs: number;
}

/**
 * Merges our state with the shared one. Nothing ends a cooldown early, so the later end holds. A breaker that we have
 * changed takes precedence over the shared one, with one exception: while another router's probe is under way, its outcome
 * is awaited, and only a breaker that we have closed takes precedence over that.
 */
export function merge({ own, shared, breakerMoved, instance, nowMs }: Merge): CircuitState {
  const probe = shared.breaker?.probe;
  const isProbedByOther = probe !== undefined && probe.by !== instance && nowMs < probe.untilMs;
  const ownWins = breakerMoved && !(own.breaker && isProbedByOther);
  const breaker = ownWins ? doubtedAs(shared.breaker, own.breaker) : shared.breaker;
  const cooldown = laterOf(shared.cooldown, own.cooldown);
  return {
    ...(breaker && { breaker }),
    ...(isLive(cooldown, nowMs) && { cooldown }),
  };
}

/** Another router's doubt of the same opening is newer than the opening. */
function doubtedAs(shared: OpenBreaker | undefined, own: OpenBreaker | undefined): OpenBreaker | undefined {
  if (!own || !shared?.isDoubted || shared.by !== own.by || shared.untilMs !== own.untilMs) return own;
  return { ...own, isDoubted: true };
}

/** The first one where both end at the same time. */
export function laterOf(one: Cooldown | undefined, other: Cooldown | undefined): Cooldown | undefined {
  if (!one || !other) return one ?? other;
  return other.untilMs > one.untilMs ? other : one;
}

export function isSameProbe(one: HalfOpenProbe | undefined, other: HalfOpenProbe | undefined): boolean {
  return one !== undefined && one.by === other?.by && one.untilMs === other.untilMs;
}

export function isSame(one: CircuitState, other: CircuitState): boolean {
  return (
    one.cooldown?.untilMs === other.cooldown?.untilMs &&
    one.breaker?.untilMs === other.breaker?.untilMs &&
    one.breaker?.trips === other.breaker?.trips &&
    one.breaker?.isDoubted === other.breaker?.isDoubted &&
    (one.breaker?.probe === other.breaker?.probe || isSameProbe(one.breaker?.probe, other.breaker?.probe))
  );
}

function isLive(cooldown: Cooldown | undefined, nowMs: number): boolean {
  return cooldown !== undefined && nowMs < cooldown.untilMs;
}
