import { isDoneWithin } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { CircuitEntry, SharingParts } from './circuit-entry.ts';
import { isSameProbe, type CircuitState } from './circuit-state.ts';
import type { Probe } from './health.ts';

/** A request waits for the right to probe no longer than this: then its router gives it by itself. */
const maxClaimMs = 250;

interface ProbeClaimParts extends Pick<SharingParts, 'store' | 'clock'> {
  readonly probe: Probe;
  readonly entry: CircuitEntry;
  /** The circuit's state, with the probe in it. */
  readonly own: () => CircuitState;
}

/** A router's question to all others whether one of its requests may probe. The first who writes it has the right. */
export class ProbeClaim {
  readonly #parts: ProbeClaimParts;

  constructor(parts: ProbeClaimParts) {
    this.#parts = parts;
  }

  /**
   * False where another router was faster; true where nobody can say so in time. `telling` is our own write under way, which
   * would else be the faster one. Never rejects.
   */
  async isGranted(telling: Promise<void> | undefined): Promise<boolean> {
    const answer = this.#ask(telling);
    return (await isDoneWithin(answer, maxClaimMs, this.#parts.clock)) ? answer : true;
  }

  async #ask(telling: Promise<void> | undefined): Promise<boolean> {
    const { probe, entry, own, store } = this.#parts;
    await telling;
    if (!isSameProbe(entry.mergedWith(own(), true).breaker?.probe, probe)) return false;
    try {
      await entry.tell(own(), true);
      return true;
    } catch (thrown) {
      // A copy that is behind conflicts with everything.
      if (isConflict(thrown) && store.isCurrent) return false;
      entry.logUntold(thrown);
      return true;
    }
  }
}

export function isConflict(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === 'revision_conflict';
}
