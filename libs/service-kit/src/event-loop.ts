import { setImmediate as nextImmediate } from 'node:timers/promises';

/** Over when the last piece of work that has waited goes on. There is one event loop in a process, and so one queue for its turns. */
let lastTurn: Promise<unknown> = Promise.resolve();

/** Resolves in a turn of the event loop of its own: of all that wait here one alone goes on in each, and whatever else there is goes on before. */
export function nextTurn(): Promise<void> {
  const turn = lastTurn.then(() => nextImmediate());
  lastTurn = turn;
  return turn;
}

/** For so long one piece of work has the event loop. */
const turnMs = 10;

/**
 * Called again and again in work that takes long: a promise, which is to be waited for, where the work has had the event loop long
 * enough. It throws what has ended the work meanwhile.
 */
export type YieldTurn = () => Promise<void> | undefined;

/** Yields by time: for work of which nobody knows beforehand what a step of it costs. */
export function createYieldTurn(signal?: AbortSignal): YieldTurn {
  let beganAtMs = performance.now();
  return () => {
    if (performance.now() - beganAtMs < turnMs) return undefined;
    return nextTurn().then(() => {
      signal?.throwIfAborted();
      beganAtMs = performance.now();
    });
  };
}

/**
 * Yields by how much is done and not by time: for work of which each step costs the same, and whose amount a stranger has chosen.
 * What comes slowly, as a stream does, waits for nobody.
 */
export class TurnLimit {
  readonly #maxUnits: number;
  #done = 0;
  #isObserved = false;

  /** How much may be done in one turn, in the units of {@link done}. */
  constructor(maxUnits: number) {
    this.#maxUnits = maxUnits;
  }

  /** Takes note of what has been done. A promise, which is to be waited for, where it was enough for one turn. */
  done(units: number): Promise<void> | undefined {
    this.#done += units;
    if (this.#done >= this.#maxUnits) {
      this.#done = 0;
      return nextTurn();
    }
    if (!this.#isObserved && this.#done >= this.#maxUnits / 4) this.#observe();
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
