import type { Hold } from '@weir/contracts/cost/admission';
import type { EnteredAttempts } from '../domain/entered-attempts.ts';
import type { Epoch } from './epoch.ts';
import { attemptIdOf } from './stored-holds.ts';

/** A consumer that counts usage into limits: see `ConsumerPosition`. */
interface SettlePosition {
  readonly lastSequence: number;
  readonly ackFloor: number;
  readonly pending: number;
}

interface CountedHoldsParts {
  readonly epoch: Pick<Epoch, 'current'>;
  readonly entered: EnteredAttempts;
  /** Of the consumers of usage and of charges: each has its own place in the stream. */
  readonly settlePositions: () => Promise<readonly SettlePosition[]>;
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
    const { epoch, entered, settlePositions } = this.#parts;
    const { beginsAfter } = epoch.current;
    const sequences = await entered.sequencesOf(holds.map(attemptIdOf));
    if (sequences.every((sequence) => sequence === undefined)) return sequences.map(() => 'open');
    const positions = await settlePositions();
    const lastSequence = Math.max(...positions.map((position) => position.lastSequence));
    const countedThrough = Math.min(...positions.map(throughOf));
    return sequences.map((sequence) => {
      if (sequence === undefined) return 'open';
      // Counters of the epoch were read from the ledger when it had all up to there; what is beyond is still to be delivered, if at all.
      const isComing = sequence > Math.max(beginsAfter, countedThrough) && sequence <= lastSequence;
      return isComing ? 'coming' : 'counted';
    });
  }
}

/** One that has had nothing of its own for long stands where it had it, and has dealt with all up to the end. */
function throughOf({ ackFloor, lastSequence, pending }: SettlePosition): number {
  return pending === 0 ? lastSequence : ackFloor;
}
