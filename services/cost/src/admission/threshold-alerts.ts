import { alertThresholds } from '@weir/contracts/cost/alerts';
import type { Logger } from '@weir/service-kit/logger';
import type { BudgetAlerts } from '../alerts/budget-alerts.ts';
import type { CounterStore } from './counter-store.ts';
import type { PlacedCounter } from './epoch-scripts.ts';
import type { AppliedLimit } from './limits-index.ts';

/** Of how many limits it is remembered what was told, before Redis is asked again. */
const maxRemembered = 10_000;

interface ThresholdAlertsParts {
  readonly counters: Pick<CounterStore, 'claimAlerts'>;
  readonly listener: BudgetAlerts;
  readonly logger: Logger;
}

/** Tells when limits of money are used up to a threshold. Redis remembers what was told, for all replicas. */
export class ThresholdAlerts {
  readonly #parts: ThresholdAlertsParts;
  /** The highest threshold that was told, as far as this replica knows. */
  readonly #told = new Map<string, number>();

  constructor(parts: ThresholdAlertsParts) {
    this.#parts = parts;
  }

  /** What is used of a counter of money now. */
  used(counter: PlacedCounter, usedNanoUsd: number): void {
    for (const limit of counter.limits)
      this.#reached(counter, limit, usedNanoUsd, percentOf(usedNanoUsd, limit));
  }

  /** A limit has refused what would have gone beyond it: what is left is too little, which is as good as nothing. */
  refused(counter: PlacedCounter, limit: AppliedLimit, usedNanoUsd: number): void {
    if (percentOf(usedNanoUsd, limit) >= 95) this.#reached(counter, limit, usedNanoUsd, 100);
  }

  #reached(counter: PlacedCounter, applied: AppliedLimit, usedNanoUsd: number, percent: number): void {
    const { amount } = applied;
    const window = windowIndex(counter);
    const id = `${counter.counter.key}:${window}:${amount}`;
    const told = this.#told.get(id) ?? 0;
    const reached = alertThresholds.filter((threshold) => threshold > told && threshold <= percent);
    const highest = reached.at(-1);
    if (highest === undefined) return;
    if (this.#told.size >= maxRemembered) this.#told.clear();
    this.#told.set(id, highest);
    this.#tell(counter, applied, usedNanoUsd, { prefix: `a${window}:${amount}:`, reached }).catch(
      (error: unknown) => {
        this.#told.delete(id);
        this.#parts.logger.warn({ err: error }, 'that a threshold is reached is told with the next usage');
      },
    );
  }

  async #tell(
    counter: PlacedCounter,
    { amount, limit, organisation }: AppliedLimit,
    usedNanoUsd: number,
    { prefix, reached }: { prefix: string; reached: readonly number[] },
  ): Promise<void> {
    const { counters, listener } = this.#parts;
    const claimed = await counters.claimAlerts(counter, prefix, reached);
    const { startMs, endMs } = counter.place;
    for (const thresholdPercent of alertThresholds.filter((threshold) => claimed.includes(threshold))) {
      listener.reached({
        ...{ scope: counter.counter.scope, limit, thresholdPercent, usedNanoUsd, limitNanoUsd: amount },
        ...(organisation !== undefined && { organisation }),
        windowStartMs: startMs,
        ...(endMs !== undefined && { resetAtMs: endMs }),
      });
    }
  }
}

/** A limit of nothing is reached by anything. */
function percentOf(used: number, { amount }: AppliedLimit): number {
  if (amount > 0) return (used / amount) * 100;
  return used > 0 ? 100 : 0;
}

/** Of a rolling window, which has no beginning of its own, every twelve parts are one. */
function windowIndex({ counter: { window }, place }: PlacedCounter): number {
  return window.kind === 'rolling' ? place.index - (place.index % 12) : place.index;
}
