import { z } from 'zod';
import { chatRequestSchema } from '../chat/request.ts';
import { endpoint } from '../descriptors.ts';

/** Whether a target may be asked now. */
export const targetStateSchema = z.enum(['closed', 'half_open', 'open', 'cooling_down']);

export type TargetState = z.output<typeof targetStateSchema>;

const seen = {
  /** Where it stands in the config: `targets[0].targets[1]`; `config` where the config is a single target. */
  path: z.string(),
  target: z.string(),
  provider: z.string(),
  model: z.string(),
  /** Why it has this place, or none: a whole sentence. */
  reason: z.string(),
};

/** Which targets would take a request, in which order, and why. Nothing is sent. */
export const dryRunRouting = endpoint('router.dry-run', {
  request: z.object({
    chat: chatRequestSchema.partial({ messages: true }),
    /** As in an envelope. */
    config: z.string().optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
  reply: z.object({
    /** The stored config's name, `inline`, or null where the model's name alone decides. */
    config: z.string().nullable(),
    /** The model's name after aliases. */
    model: z.string(),
    /** The first would be asked first; the others, in this order, when those before them fail. */
    targets: z.array(z.object(seen)),
    passed_over: z.array(z.object(seen)),
    warnings: z.array(z.string()),
  }),
  timeoutMs: 5_000,
});

/** One target and credential that was asked lately, as all replicas see it. */
export const targetHealthSchema = z.object({
  provider: z.string(),
  model: z.string(),
  host: z.string(),
  /** The first eight characters of the credential's fingerprint; empty where there is none. */
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
  reply: z.object({ targets: z.array(targetHealthSchema), configs: z.int().nonnegative() }),
  timeoutMs: 2_000,
});
