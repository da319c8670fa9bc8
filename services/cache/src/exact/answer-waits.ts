import { onAbort } from '@weir/service-kit/on-abort';
import type { Clock } from '@weir/service-kit/clock';

/** How a wait ended: by word of an answer, or of none that will come; or without any. */
export type WaitEnd = 'stored' | 'given_up' | 'time';

type Wake = (end: WaitEnd) => void;

/** Requests that wait for the answer to the same one which is under way, at this replica or another. */
export class AnswerWaits {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #waits = new Map<string, Set<Wake>>();
  #count = 0;

  constructor({ clock, max }: { clock: Clock; max: number }) {
    this.#clock = clock;
    this.#max = max;
  }

  get hasRoom(): boolean {
    return this.#count < this.#max;
  }

  /** Resolves when something is heard of the entry, after this time at the latest, and when the signal is aborted. Begins at once. */
  wait(id: string, limitMs: number, signal: AbortSignal): Promise<WaitEnd> {
    return new Promise((resolve) => {
      const ofEntry = this.#waits.get(id) ?? new Set();
      this.#waits.set(id, ofEntry);
      this.#count += 1;
      const wake: Wake = (end) => {
        if (!ofEntry.delete(wake)) return;
        this.#count -= 1;
        if (ofEntry.size === 0 && this.#waits.get(id) === ofEntry) this.#waits.delete(id);
        stopTimer();
        forgetSignal();
        resolve(end);
      };
      const onTime = () => {
        wake('time');
      };
      ofEntry.add(wake);
      const stopTimer = this.#clock.after(limitMs, onTime);
      const forgetSignal = onAbort(signal, () => setImmediate(onTime));
    });
  }

  settled({ id, isStored }: { id: string; isStored: boolean }): void {
    for (const wake of this.#waits.get(id) ?? []) wake(isStored ? 'stored' : 'given_up');
  }
}
