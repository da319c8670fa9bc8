import type { CapacityShare } from '@weir/contracts/descriptors';
import { ConcurrencyLimit } from './concurrency-limit.ts';

interface CapacityParts {
  /** How many requests of its callers the process works on at once. */
  readonly maxInFlight: number;
  /** It takes no more of this share for now: its work is to go to other members of its queue groups. */
  readonly onLeave: (share: CapacityShare) => void;
  readonly onJoin: (share: CapacityShare) => void;
}

/** What is kept for operators and peers, beside what a process works on: a tenth of that, and some at least. */
const operationsOf = (maxInFlight: number) => Math.max(32, Math.ceil(maxInFlight / 10));

/**
 * What a process takes on, by share. One that is full of work still says how it is. Beside being full there may be other reasons
 * to take no work, each under a name of its own (`out of rotation`): it takes work again when none of them is left.
 */
export class Capacity {
  readonly #limits: Readonly<Record<CapacityShare, ConcurrencyLimit>>;
  readonly #withheld = new Set<string>();
  readonly #parts: CapacityParts;

  constructor(parts: CapacityParts) {
    this.#parts = parts;
    const { maxInFlight, onLeave, onJoin } = parts;
    const full = 'full';
    this.#limits = {
      work: new ConcurrencyLimit({
        max: maxInFlight,
        onFull: () => {
          this.withhold(full);
        },
        onRoom: () => {
          this.restore(full);
        },
      }),
      operations: new ConcurrencyLimit({
        max: operationsOf(maxInFlight),
        onFull: () => {
          onLeave('operations');
        },
        onRoom: () => {
          onJoin('operations');
        },
      }),
    };
  }

  limitOf(share: CapacityShare): ConcurrencyLimit {
    return this.#limits[share];
  }

  get inFlight(): number {
    return this.#limits.work.inFlight + this.#limits.operations.inFlight;
  }

  /** Whether it works on as much as it may. */
  get isFull(): boolean {
    return this.#limits.work.isFull;
  }

  /** Takes no work while `reason` lasts. */
  withhold(reason: string): void {
    if (this.#withheld.size === 0) this.#parts.onLeave('work');
    this.#withheld.add(reason);
  }

  restore(reason: string): void {
    if (this.#withheld.delete(reason) && this.#withheld.size === 0) this.#parts.onJoin('work');
  }

  isWithheld(reason: string): boolean {
    return this.#withheld.has(reason);
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    await Promise.all([this.#limits.work.idle(), this.#limits.operations.idle()]);
  }
}
