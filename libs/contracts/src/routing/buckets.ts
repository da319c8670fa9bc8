import { z } from 'zod';
import { bucket } from '../bucket.ts';
import { targetStateSchema } from './insight.ts';

/** The routing configs, by name. Keys of providers in them are encrypted. */
export const routingConfigs = bucket('routing-configs', {
  value: z.object({
    /** The config's JSON. Its `api_key`s are Fernet tokens under the routers' master keys. */
    config: z.record(z.string(), z.unknown()),
    updatedAtMs: z.int().nonnegative(),
  }),
  history: 64,
  storage: 'file',
});

/** What one router has found of a target and credential, for the others to know. Keys are hashes. */
export const targetHealth = bucket('target-health', {
  value: z.object({
    provider: z.string(),
    model: z.string(),
    host: z.string(),
    credential: z.string(),
    state: targetStateSchema,
    /** Unix time in milliseconds until which the state holds by itself. */
    untilMs: z.number(),
    /** How many times in a row it was opened without a success between: each lasts longer. */
    trips: z.int().nonnegative(),
    reason: z.string(),
    /** The router instance that wrote it: it alone may probe while it is half open. */
    by: z.string(),
  }),
  history: 1,
  storage: 'memory',
  /** A state that nobody has renewed for so long says nothing any more. */
  maxAgeMs: 3_600_000,
});
