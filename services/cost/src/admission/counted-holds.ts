import type { Hold } from '@weir/contracts/cost/admission';
import type { EnteredAttempts } from '../domain/entered-attempts.ts';
import type { Epoch } from './epoch.ts';
import { attemptIdOf } from './stored-holds.ts';

/** Where the consumer stands that counts usage into limits. */
export type SettlePosition = () => Promise<{ readonly lastSequence: number; readonly ackFloor: number }>;

interface CountedHoldsParts {
  readonly epoch: Pick<Epoch, 'current'>;
  readonly entered: EnteredAttempts;
  readonly settlePosition: SettlePosition;
}

/**
 * - `counted`: every counter of the epoch has the usage or the charge, or will have it from the ledger: the hold stands for nothing.
 * - `coming`: the ledger has it, but counters may have been read from it before; the event that counts it frees the hold.
 * - `open`: the ledger has nothing of the attempt.
 */
export type UsageState = 'counted' | 'coming' | 'open';

/** Finds the holds of attempts that are settled already, where Redis has lost that they were. */
export class CountedHolds {
  readonly #parts: CountedHoldsParts;

  constructor(parts: CountedHoldsParts) {
    this.#parts = parts;
  }

  /** Of each hold, in their order. Rejects where the ledger or the stream is away. */
  async statesOf(holds: readonly Hold[]): Promise<UsageState[]> {
    if (holds.length === 0) return [];
    const { epoch, entered, settlePosition } = this.#parts;
    const { beginsAfter } = epoch.current;
    const sequences = await entered.sequencesOf(holds.map(attemptIdOf));
    if (sequences.every((sequence) => sequence === undefined)) return sequences.map(() => 'open');
    const { ackFloor, lastSequence } = await settlePosition();
    return sequences.map((sequence) => {
      if (sequence === undefined) return 'open';
      // Counters of the epoch were read from the ledger when it had all up to there; what is beyond is still to be delivered, if at all.
      const isComing = sequence > Math.max(beginsAfter, ackFloor) && sequence <= lastSequence;
      return isComing ? 'coming' : 'counted';
    });
  }
}
