import { bucket } from '@weir/contracts/bucket';
import { z } from 'zod';

const value = z.object({ size: z.number() });

/** The buckets that stores are tried with. They have the names of the router's, so that its permissions apply. */
export const keptSizes = bucket('routing-configs', { value, history: 3, storage: 'file' });

export const passingSizes = bucket('target-health', {
  value,
  history: 1,
  storage: 'memory',
  maxAgeMs: 3_600_000,
});
