import { randomUUID } from 'node:crypto';
import {
  holdRenewalMs,
  holdsReleased,
  holdsRenewed,
  maxHoldsTold,
  type Hold,
} from '@weir/contracts/cost/admission';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import { continueTrace } from '@weir/service-kit/trace-context';

interface HeldAttemptsParts {
  readonly bus: Pick<Bus, 'publish' | 'connected'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Releases that wait for a connection to the bus: the holds of those beyond expire, and are charged in full. */
const maxReleases = 10_000;

/**
 * The holds of the attempts that are under way, which the cost service hears of every few seconds: one that it does not hear
 * of is charged in full.
 */
export class HeldAttempts {
  readonly #parts: HeldAttemptsParts;
  readonly #holds = new Map<string, Hold>();
  /** Ids of holds to release, which could not be told yet. */
  readonly #releases = new Set<string>();
  readonly #stopRenewing: () => void;

  constructor(parts: HeldAttemptsParts) {
    this.#parts = parts;
    this.#stopRenewing = parts.clock.every(holdRenewalMs, () => {
      this.#renew();
      this.#tellReleases();
    });
  }

  get count(): number {
    return this.#holds.size;
  }

  /** From now on it is renewed. */
  add(hold: Hold): void {
    this.#holds.set(hold.id, hold);
  }

  /** It has become larger, if its attempt is not over by now. */
  update(hold: Hold): void {
    if (this.#holds.has(hold.id)) this.#holds.set(hold.id, hold);
  }

  /** The attempt is over. */
  delete(id: string): void {
    this.#holds.delete(id);
  }

  /** The attempt was never made, and it is not known whether the hold was. Told at once, or when there is a connection. */
  release(id: string): void {
    if (this.#releases.size < maxReleases) this.#releases.add(id);
    this.#tellReleases();
  }

  stop(): void {
    this.#stopRenewing();
  }

  #renew(): void {
    const { bus } = this.#parts;
    for (const holds of inMessages([...this.#holds.values()])) {
      this.#publish((envelope) => {
        bus.publish(holdsRenewed, { holds }, envelope);
      });
    }
  }

  #tellReleases(): void {
    const { bus } = this.#parts;
    if (!bus.connected) return;
    for (const holdIds of inMessages([...this.#releases])) {
      const isTold = this.#publish((envelope) => {
        bus.publish(holdsReleased, { holdIds }, envelope);
      });
      if (!isTold) return;
      for (const id of holdIds) this.#releases.delete(id);
    }
  }

  /** Whether it is published. What is not is said again at the next renewal. */
  #publish(publish: (envelope: Envelope) => void): boolean {
    const { bus, clock, logger } = this.#parts;
    if (!bus.connected) return false;
    try {
      publish({
        requestId: randomUUID(),
        tenant: 'default',
        traceparent: continueTrace(undefined),
        deadlineAtMs: clock.nowMs() + holdRenewalMs,
      });
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'the holds of attempts could not be told');
      return false;
    }
  }
}

function inMessages<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / maxHoldsTold);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * maxHoldsTold, (index + 1) * maxHoldsTold),
  );
}
