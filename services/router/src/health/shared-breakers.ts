import { stateOf } from '@weir/service-kit/bus/store';
import { LRUCache } from 'lru-cache';
import { isHealthy } from '../domain/health/circuit-state.ts';
import type { HealthKey } from '../domain/health/health.ts';
import { entryKeyOf, type SharingParts } from './breaker-entry.ts';
import { SharedBreaker } from './shared-breaker.ts';

/** Callers may make up model names, so there may be any number of health keys. The least recently used go first. */
const maxBreakers = 10_000;

/** How often failed publications are tried again, and of how many breakers at most. */
const republication = { intervalMs: 1_000, max: 100 };

/** The circuit breakers that the routers share, as many as are kept in memory. */
export class SharedBreakers {
  readonly #parts: SharingParts;
  readonly #breakers: LRUCache<string, SharedBreaker>;
  /** By their keys in the bucket. */
  readonly #byEntryKey = new Map<string, SharedBreaker>();

  constructor(parts: SharingParts) {
    this.#parts = parts;
    this.#breakers = new LRUCache({
      max: maxBreakers,
      dispose: (breaker) => this.#byEntryKey.delete(breaker.key),
    });
    const { store, clock } = parts;
    store.watch((entryKey, entry) => {
      if (entry?.fault) return;
      if (entry !== undefined && !isHealthy(entry.value, clock.nowMs())) {
        const { key: id, ...subject } = entry.value.subject;
        this.of({ id, ...subject, isShared: true }).mergeShared(entry.value);
      } else this.#byEntryKey.get(entryKey)?.mergeShared(entry?.value);
    });
    clock.every(republication.intervalMs, () => {
      if (store.isCurrent) this.#publishAgain();
    });
  }

  /** Undefined where nothing is known of it. */
  get(healthKey: HealthKey): SharedBreaker | undefined {
    const breaker = this.#breakers.get(healthKey.id);
    // As long as none was evicted, every entry of the bucket has its breaker here.
    if (breaker || this.#breakers.size < maxBreakers) return breaker;
    const { store, clock } = this.#parts;
    const entry = stateOf(store, entryKeyOf(healthKey));
    const shared = entry?.fault ? undefined : entry?.value;
    return shared && !isHealthy(shared, clock.nowMs()) ? this.of(healthKey) : undefined;
  }

  of(healthKey: HealthKey): SharedBreaker {
    const known = this.#breakers.get(healthKey.id);
    if (known) return known;
    const breaker = new SharedBreaker(healthKey, this.#parts);
    this.#breakers.set(healthKey.id, breaker);
    this.#byEntryKey.set(breaker.key, breaker);
    return breaker;
  }

  /** The most recently used first. */
  values(): Iterable<SharedBreaker> {
    return this.#breakers.values();
  }

  #publishAgain(): void {
    let count = 0;
    for (const breaker of this.#breakers.values()) {
      if (breaker.publishAgain() && ++count === republication.max) return;
    }
  }
}
