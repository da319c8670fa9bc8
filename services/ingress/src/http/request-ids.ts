import { createRandomPool } from '@weir/service-kit/random-pool';
import { v7 as uuidv7 } from 'uuid';

/** Makes UUIDv7s. */
export function createRequestIds(): () => string {
  const rng = createRandomPool(16);
  return () => uuidv7({ rng });
}
