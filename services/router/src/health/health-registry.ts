import type { targetHealthSchema, TargetState } from '@weir/contracts/routing/insight';
import type { OwnShortages } from '@weir/service-kit/own-shortages';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { CircuitBreaker } from '../domain/health/circuit-breaker.ts';
import { statusAt, type CircuitState } from '../domain/health/circuit-state.ts';
import type {
  HalfOpenProbe,
  HealthKey,
  HealthOutcome,
  HealthStatus,
  HealthTracker,
} from '../domain/health/health.ts';
import { SelfTrust } from '../domain/health/self-trust.ts';
import type { BreakerPolicy } from '../domain/routing/compiled-config.ts';
import type { SharingParts } from './breaker-entry.ts';
import type { SharedBreaker } from './shared-breaker.ts';
import { SharedBreakers } from './shared-breakers.ts';

type TargetHealthRow = z.output<typeof targetHealthSchema>;

interface RegistryParts extends Omit<SharingParts, 'trust'> {
  /** What this process lacks; nothing without it. */
  readonly shortages?: Pick<OwnShortages, 'wereWithin'>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called when an attempt of this router has changed a state, and not when another router has published the change. */
  readonly onTransition: (healthKey: HealthKey, to: TargetState) => void;
}

/** For hosts and keys of callers' configs. They have a cache of their own, and evict no breaker of the operator's targets. */
const maxUnshared = 2_000;

/** How long after an attempt a healthy target is listed. */
const listedForMs = 600_000;

const healthy: HealthStatus = { state: 'closed' };

/** The circuit breakers of all targets and credentials. Those of the operator's providers are shared by all routers. */
export class HealthRegistry implements HealthTracker {
  readonly #parts: RegistryParts;
  readonly #trust: SelfTrust;
  readonly #shared: SharedBreakers;
  readonly #unshared = new LRUCache<string, CircuitBreaker>({ max: maxUnshared });

  constructor(parts: RegistryParts) {
    const { shortages } = parts;
    this.#parts = parts;
    this.#trust = new SelfTrust({ wasShortWithin: (ms) => shortages?.wereWithin(ms) ?? false });
    this.#shared = new SharedBreakers({ ...parts, trust: this.#trust });
  }

  statusOf(healthKey: HealthKey): HealthStatus {
    const breaker = this.#known(healthKey);
    return breaker ? statusAt(breaker.state, this.#parts.clock.nowMs()) : healthy;
  }

  async claimProbe(healthKey: HealthKey): Promise<HalfOpenProbe | undefined> {
    const { instance, clock, onTransition } = this.#parts;
    const probe = healthKey.isShared
      ? await this.#shared.get(healthKey)?.claim()
      : this.#unshared.get(healthKey.id)?.claim(instance, clock.nowMs());
    if (probe) onTransition(healthKey, 'half_open');
    return probe;
  }

  record(
    healthKey: HealthKey,
    ended: HealthOutcome,
    policy: BreakerPolicy,
    probe: HalfOpenProbe | undefined,
  ): void {
    const { clock, random, onTransition } = this.#parts;
    const nowMs = clock.nowMs();
    const outcome = this.#trust.judge(healthKey, ended, nowMs);
    // Outcomes that say nothing of the provider create no breaker: most attempts with made-up model names end so.
    const isTelling = outcome.kind !== 'neutral' && outcome.kind !== 'alive';
    const breaker = isTelling ? this.#breakerOf(healthKey) : this.#known(healthKey);
    if (!breaker) return;
    const before = breaker.state;
    breaker.record({ outcome, policy, probe, nowMs, random });
    for (const to of transitions(before, breaker.state, nowMs)) onTransition(healthKey, to);
  }

  /**
   * All shared targets that are not healthy, and those that this router has used within the last ten minutes. The most
   * recently used come first.
   */
  list(): TargetHealthRow[] {
    const nowMs = this.#parts.clock.nowMs();
    const rows: TargetHealthRow[] = [];
    for (const { healthKey, state, lastAttemptAtMs } of this.#shared.values()) {
      const status = statusAt(state, nowMs);
      const isListed = status.state !== 'closed' || (lastAttemptAtMs ?? 0) > nowMs - listedForMs;
      if (isListed) rows.push(toRow(healthKey, status));
    }
    return rows;
  }

  #known(healthKey: HealthKey): SharedBreaker | CircuitBreaker | undefined {
    return healthKey.isShared ? this.#shared.get(healthKey) : this.#unshared.get(healthKey.id);
  }

  #breakerOf(healthKey: HealthKey): SharedBreaker | CircuitBreaker {
    if (healthKey.isShared) return this.#shared.of(healthKey);
    const known = this.#unshared.get(healthKey.id);
    if (known) return known;
    const breaker = new CircuitBreaker();
    this.#unshared.set(healthKey.id, breaker);
    return breaker;
  }
}

function toRow({ provider, model, host, credential }: HealthKey, status: HealthStatus): TargetHealthRow {
  const { state, retryAtMs, reason = null } = status;
  const until = retryAtMs === undefined ? null : new Date(retryAtMs).toISOString();
  return { provider, model, host, credential, state, until, reason };
}

/** The states that the end of an attempt has led to. A cooldown that is prolonged is no transition. */
function transitions(before: CircuitState, after: CircuitState, nowMs: number): TargetState[] {
  const states: TargetState[] = [];
  if (before.breaker && !after.breaker) states.push('closed');
  if (after.breaker && after.breaker.trips !== before.breaker?.trips) states.push('open');
  const wasCooling = before.cooldown !== undefined && nowMs < before.cooldown.untilMs;
  if (!wasCooling && after.cooldown && after.cooldown !== before.cooldown) states.push('cooling_down');
  return states;
}
