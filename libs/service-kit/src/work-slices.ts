import { setImmediate } from 'node:timers/promises';

/** Resolves once whatever else waits in this process has had its turn. */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}

/** Cuts work whose amount a stranger has chosen into slices, between which whatever else waits has its turn. */
export class WorkSlices {
  readonly #size: number;
  #done = 0;

  /** Of a slice, in the units of {@link done}. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Takes note of what has been done. A promise where it was enough for one turn. */
  done(units: number): Promise<void> | undefined {
    this.#done += units;
    if (this.#done < this.#size) return undefined;
    this.#done = 0;
    return nextTurn();
  }
}
