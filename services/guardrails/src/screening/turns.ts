import { setImmediate as nextTurn } from 'node:timers/promises';

/** For so long other requests wait, and then have their turn. */
const turnMs = 10;

/** What is called in work that takes long lets others have their turn in between. It throws what has ended the work meanwhile. */
export function createTurns(signal?: AbortSignal): () => Promise<void> {
  let beganAtMs = performance.now();
  return async () => {
    if (performance.now() - beganAtMs < turnMs) return;
    await nextTurn();
    signal?.throwIfAborted();
    beganAtMs = performance.now();
  };
}
