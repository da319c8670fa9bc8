import { hash } from 'node:crypto';
import { stateOf } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import {
  isHealthy,
  isSame,
  merge,
  type CircuitState,
  type OpenBreaker,
} from '../domain/health/circuit-state.ts';
import type { HealthKey } from '../domain/health/health.ts';
import type { SelfTrust } from '../domain/health/self-trust.ts';
import type { HealthStore } from './health-by-own-clock.ts';

export interface SharingParts {
  readonly store: HealthStore;
  /** This router instance's id. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trust: SelfTrust;
}

/** The key of the bucket's entry. Bucket keys are limited in characters and length, so it is a hash. */
export function entryKeyOf(healthKey: HealthKey): string {
  return hash('sha256', healthKey.id, 'base64url').slice(0, 22);
}

/** The bucket's entry for one health key: what the routers share of its circuit breaker and cooldown. */
export class BreakerEntry {
  readonly key: string;
  readonly #healthKey: HealthKey;
  readonly #parts: SharingParts;

  constructor(healthKey: HealthKey, parts: SharingParts) {
    this.key = entryKeyOf(healthKey);
    this.#healthKey = healthKey;
    this.#parts = parts;
  }

  /**
   * The state in our copy of the bucket; undefined where no router has published one, or the bucket was lost. One that cannot
   * be read says nothing either: what this router has found by itself holds, and replaces it.
   */
  get shared(): CircuitState | undefined {
    const entry = stateOf(this.#parts.store, this.key);
    return entry?.fault ? undefined : entry?.value;
  }

  /** The state that would be published now. */
  mergedWith(own: CircuitState, breakerMoved: boolean): CircuitState {
    return this.merge(own, this.shared ?? {}, breakerMoved);
  }

  merge(own: CircuitState, shared: CircuitState, breakerMoved: boolean): CircuitState {
    const { instance, clock } = this.#parts;
    return merge({ own, shared, breakerMoved, instance, nowMs: clock.nowMs() });
  }

  /**
   * Writes our state, merged with the entry's. A breaker that has closed is written too: if its entry were deleted, the
   * other routers could not tell that from a bucket that was lost. Throws what {@link Store.put} throws.
   */
  async publish(own: CircuitState, breakerMoved: boolean): Promise<void> {
    const { store, clock } = this.#parts;
    const entry = stateOf(store, this.key);
    const { shared } = this;
    const next = this.mergedWith(own, breakerMoved);
    const isKnown = shared ? isSame(shared, next) : isHealthy(next, clock.nowMs()) && !breakerMoved;
    if (isKnown) return;
    await this.#put(next, entry?.revision ?? 0);
  }

  /** Writes beside what another router has found that it may be wrong: this one is answered. Never rejects. */
  async doubt(breaker: OpenBreaker): Promise<void> {
    // The news of what is doubted go to everybody first.
    await Promise.resolve();
    const entry = stateOf(this.#parts.store, this.key);
    if (!entry || entry.fault || entry.value.breaker?.untilMs !== breaker.untilMs) return;
    const { breaker: found, cooldown } = entry.value;
    const doubted = { breaker: { ...found, isDoubted: true as const }, ...(cooldown && { cooldown }) };
    // Where another has written meanwhile, that is judged anew when it is heard of.
    await this.#put(doubted, entry.revision).catch((thrown: unknown) => {
      this.logUnpublished(thrown);
    });
  }

  async #put(state: CircuitState, expectedRevision: number): Promise<void> {
    const { id: key, provider, model, host, credential } = this.#healthKey;
    const subject = { key, provider, model, host, credential };
    await this.#parts.store.put(this.key, { subject, ...state }, { expectedRevision });
  }

  /** At debug level: the next publication carries the same state, so a failed one does no harm. */
  logUnpublished(thrown: unknown): void {
    const { provider, model, host } = this.#healthKey;
    this.#parts.logger.debug({ err: thrown, provider, model, host }, 'the health of a target was not shared');
  }
}

/** Whether another router has written the entry since our copy of it was read. */
export function isConflict(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === 'revision_conflict';
}
