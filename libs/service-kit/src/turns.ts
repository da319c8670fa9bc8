import { setImmediate as nextImmediate } from 'node:timers/promises';

/** For so long one piece of work has the event loop, and then all else has its turn. */
const turnMs = 10;

/** Over when the last piece of work that has waited begins: the event loop is one for all of a process, and so is the queue for it. */
let lastTurn: Promise<unknown> = Promise.resolve();

/** Resolves in a turn of the event loop that nobody else who waits so has: whatever else there is goes on before. */
export function nextTurn(): Promise<void> {
  const turn = lastTurn.then(() => nextImmediate());
  lastTurn = turn;
  return turn;
}

/**
 * What is called in work that takes long, and waited for where it returns a promise: others have their turn in between. Of many
 * that work at once one alone goes on in each turn of the event loop, so that they never add up to one long block. It throws what
 * has ended the work meanwhile.
 */
export type LetOthers = () => Promise<void> | undefined;

export function createTurns(signal?: AbortSignal): LetOthers {
  let beganAtMs = performance.now();
  return () => {
    if (performance.now() - beganAtMs < turnMs) return undefined;
    return nextTurn().then(() => {
      signal?.throwIfAborted();
      beganAtMs = performance.now();
    });
  };
}
