import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const idBytes = 16;
const idsPerFill = 256;

/** Makes UUIDv7s. Randomness is fetched for many at once: the call costs as much as the rest of a request's door. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(idBytes * idsPerFill);
  let used = pool.length;
  const rng = () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += idBytes;
    return pool.subarray(used - idBytes, used);
  };
  return () => uuidv7({ rng });
}
