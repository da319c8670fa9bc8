import { randomUUID } from 'node:crypto';
import { holdRenewalMs, holdsReleased, holdsRenewed, type Hold } from '@weir/contracts/cost/admission';
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

const maxHoldsInMessage = 200;

/**
 * The holds of the attempts that are under way, which the cost service hears of every few seconds: one that it does not hear
 * of is charged in full.
 */
export class HeldAttempts {
  readonly #parts: HeldAttemptsParts;
  readonly #holds = new Map<string, Hold>();
  readonly #stopRenewing: () => void;

  constructor(parts: HeldAttemptsParts) {
    this.#parts = parts;
    this.#stopRenewing = parts.clock.every(holdRenewalMs, () => {
      this.#renew();
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

  /** The attempt was never made, and it is not known whether the hold was. */
  release(id: string): void {
    this.#publish((envelope) => {
      this.#parts.bus.publish(holdsReleased, { holdIds: [id] }, envelope);
    });
  }

  stop(): void {
    this.#stopRenewing();
  }

  #renew(): void {
    const holds = [...this.#holds.values()];
    for (let first = 0; first < holds.length; first += maxHoldsInMessage) {
      const some = holds.slice(first, first + maxHoldsInMessage);
      this.#publish((envelope) => {
        this.#parts.bus.publish(holdsRenewed, { holds: some }, envelope);
      });
    }
  }

  /** What cannot be published now is said again at the next renewal, or expires. */
  #publish(publish: (envelope: Envelope) => void): void {
    const { bus, clock, logger } = this.#parts;
    if (!bus.connected) return;
    try {
      publish({
        requestId: randomUUID(),
        tenant: 'default',
        traceparent: continueTrace(undefined),
        deadlineAtMs: clock.nowMs() + holdRenewalMs,
      });
    } catch (error) {
      logger.warn({ err: error }, 'the holds of attempts could not be told');
    }
  }
}
