import { hash } from 'node:crypto';
import type { targetHealth } from '@weir/contracts/routing/buckets';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import { isSame, isWell, merge, type CircuitState } from './circuit-state.ts';
import type { Subject } from './health.ts';

export interface SharingParts {
  readonly store: Store<typeof targetHealth>;
  /** This router instance's id. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A subject's key in the bucket, whose keys may hold neither any character nor any length. */
export function entryKeyOf(subject: Subject): string {
  return hash('sha256', subject.key, 'base64url').slice(0, 22);
}

/** What the routers tell each other of one subject: its entry in the bucket, as our copy has it. */
export class CircuitEntry {
  readonly key: string;
  readonly #subject: Subject;
  readonly #parts: SharingParts;

  constructor(subject: Subject, parts: SharingParts) {
    this.key = entryKeyOf(subject);
    this.#subject = subject;
    this.#parts = parts;
  }

  /** Undefined where there is no entry: nobody has told of it, or the bucket is gone. */
  get told(): CircuitState | undefined {
    return this.#parts.store.get(this.key)?.value;
  }

  /** What it would say if we told of our state now. */
  mergedWith(own: CircuitState, breakerMoved: boolean): CircuitState {
    return this.merge(own, this.told ?? {}, breakerMoved);
  }

  merge(own: CircuitState, shared: CircuitState, breakerMoved: boolean): CircuitState {
    const { instance, clock } = this.#parts;
    return merge({ own, shared, breakerMoved, instance, nowMs: clock.nowMs() });
  }

  /**
   * Writes our state along with what is there already. A circuit that has closed is told of as well: were its entry deleted,
   * nobody could tell that from a bucket which has lost its memory. Throws what {@link Store.put} throws.
   */
  async tell(own: CircuitState, breakerMoved: boolean): Promise<void> {
    const { store, clock } = this.#parts;
    const entry = store.get(this.key);
    const next = this.mergedWith(own, breakerMoved);
    const isKnown = entry ? isSame(entry.value, next) : isWell(next, clock.nowMs()) && !breakerMoved;
    if (isKnown) return;
    const { key, provider, model, host, credential } = this.#subject;
    const subject = { key, provider, model, host, credential };
    await store.put(this.key, { subject, ...next }, { expectedRevision: entry?.revision ?? 0 });
  }

  /** Notes that our word did not reach the others. Nobody is harmed by one that did not. */
  logUntold(thrown: unknown): void {
    const { provider, model, host } = this.#subject;
    this.#parts.logger.debug({ err: thrown, provider, model, host }, 'the health of a target was not shared');
  }
}
