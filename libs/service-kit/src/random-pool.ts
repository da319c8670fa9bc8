import { randomFillSync } from 'node:crypto';

const drawsPerFill = 256;

/**
 * Draws of random bytes, fetched for many at once: a call to the system's source costs as much as the rest of what a
 * request needs at the door. Each draw is a view that the next fills overwrite, so it is to be used at once.
 */
export function createRandomPool(bytesPerDraw: number): () => Buffer {
  const pool = Buffer.alloc(bytesPerDraw * drawsPerFill);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytesPerDraw;
    return pool.subarray(used - bytesPerDraw, used);
  };
}
