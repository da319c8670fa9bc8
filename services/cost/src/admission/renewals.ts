import type { Hold, holdsReleased, holdsRenewed } from '@weir/contracts/cost/admission';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { placeOf } from './counter.ts';
import type { CountedHolds } from './counted-holds.ts';
import type { HoldStore, Renewal } from './hold-store.ts';
import type { LimitsIndex } from './limits-index.ts';

interface RenewalsParts {
  readonly limits: Pick<LimitsIndex, 'isKnown' | 'limitsOf'>;
  readonly holds: Pick<HoldStore, 'renew' | 'restore' | 'release'>;
  readonly counted: Pick<CountedHolds, 'statesOf'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What routers tell of their attempts: that they are under way, or were not made. */
export class Renewals {
  readonly #parts: RenewalsParts;
  readonly #onRestored: () => void;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: RenewalsParts) {
    this.#parts = parts;
    const restored = parts.metrics.counter({
      name: 'budget_holds_restored_total',
      help: 'Holds that Redis had lost, and that were made again while their attempts were under way',
    });
    this.#onRestored = () => {
      restored.inc();
    };
  }

  /** Where this fails nothing is tried again: the next message comes in seconds, and says what is so then. */
  renewed({ holds }: DataOf<typeof holdsRenewed>): void {
    this.#run('holds could not be renewed', async () => {
      const missing = await this.#parts.holds.renew(holds.map((hold) => this.#renewalOf(hold)));
      if (!this.#parts.limits.isKnown) return;
      const restored = await Promise.all(missing.map((renewal) => this.#restore(renewal)));
      this.#dropCounted(missing.filter((_, i) => restored[i]).map(({ hold }) => hold));
    });
  }

  released({ holdIds }: DataOf<typeof holdsReleased>): void {
    this.#run('holds could not be released: they are charged when they expire', async () => {
      await Promise.all(holdIds.map((id) => this.#parts.holds.release(id)));
    });
  }

  /** Makes a hold again, as a part of all that it is counted in now. */
  async restore(hold: Hold, isOver = false): Promise<void> {
    if (this.#parts.limits.isKnown) await this.#restore(this.#renewalOf(hold), isOver);
  }

  async #restore(renewal: Renewal, isOver = false): Promise<boolean> {
    const isRestored = await this.#parts.holds.restore(renewal, isOver);
    if (isRestored) this.#onRestored();
    return isRestored;
  }

  /**
   * A renewal may be older than what Redis has lost: that its hold was settled. It is looked up afterwards, since the epoch may open
   * before the ledger has answered.
   */
  #dropCounted(restored: readonly Hold[]): void {
    if (restored.length === 0) return;
    const { counted, holds } = this.#parts;
    this.#run(
      'the ledger cannot say which restored holds are settled: they are kept until they expire',
      async () => {
        const states = await counted.statesOf(restored);
        const settled = restored.filter((_, i) => states[i] === 'counted');
        await Promise.all(settled.map(({ id }) => holds.release(id)));
      },
    );
  }

  #renewalOf(hold: Hold): Renewal {
    const { limits, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const counters = limits
      .limitsOf(hold.attribution, hold)
      .map((one) => ({ ...one, place: placeOf(one.counter, hold.startedAtMs, nowMs) }));
    return { hold, counters };
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #run(failure: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.#parts.logger.warn({ err: error }, failure);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}
