import { nextTurn } from './turns.ts';

/**
 * Cuts work whose amount a stranger has chosen into slices, between which whatever else waits has its turn (see `turns.ts`). It goes
 * by how much is done and not by time: a stream that comes slowly waits for nobody.
 */
export class WorkSlices {
  readonly #size: number;
  #done = 0;
  #isObserved = false;

  /** Of a slice, in the units of {@link done}. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Takes note of what has been done. A promise where it was enough for one turn. */
  done(units: number): Promise<void> | undefined {
    this.#done += units;
    if (this.#done >= this.#size) {
      this.#done = 0;
      return nextTurn();
    }
    if (!this.#isObserved && this.#done >= this.#size / 4) this.#observe();
    return undefined;
  }

  /** Once the event loop has turned by itself, what was done before has kept nobody waiting. */
  #observe(): void {
    this.#isObserved = true;
    setImmediate(() => {
      this.#isObserved = false;
      this.#done = 0;
    });
  }
}
