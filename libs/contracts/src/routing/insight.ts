import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { endpoint } from '../descriptors.ts';

/** The state of a target's breaker. */
export const targetStateSchema = z.enum(['closed', 'half_open', 'open', 'cooling_down']);

export type TargetState = z.output<typeof targetStateSchema>;

/** One target and credential that was used lately, as all replicas see it. */
export const targetHealthSchema = z.object({
  provider: z.string(),
  model: z.string(),
  host: z.string(),
  /** The first eight characters of the credential's fingerprint, or a stored one's id; empty where there is none. */
  credential: z.string(),
  state: targetStateSchema,
  /** RFC 3339; until when it is left alone. */
  until: z.string().nullable(),
  /** The fault's code that brought it there. */
  reason: z.string().nullable(),
});

/** What a router knows of its targets' health. Every replica knows the same. */
export const routerStatus = endpoint('router.status', {
  request: z.object({}),
  reply: z.object({ targets: arrayOf(targetHealthSchema), configs: z.int().nonnegative() }),
  timeoutMs: 2_000,
  isIdempotent: true,
  share: 'operations',
});
