import { z } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';
import { problemsSchema, processStates } from '../problems.ts';
import { targetHealthSchema } from '../routing/insight.ts';
import { adminEndpoint } from './admin-endpoint.ts';

const replicaSchema = z.object({
  service: z.string(),
  id: z.string(),
  /** Semantic version. */
  version: z.string(),
  /**
   * What it can do now: `full` and `starved` ones work, `broken` ones lack something, which `problems` names. A `silent` one hangs: it
   * neither answers nor has said goodbye.
   */
  state: z.enum([...processStates, 'silent']).default('ready'),
  /** What it lacks or suffers from, with fault codes. */
  problems: problemsSchema.default([]),
  /** How far its clock is ahead of the one that answers here; null where its version does not tell. */
  clock_skew_ms: z.int().nullable().default(null),
  /** Which revision of each bucket its copy has: where replicas differ for longer than a moment, one of them is behind. */
  buckets: recordOf(z.string(), z.int().nonnegative()).default({}),
});

/** Composed by the ingress from what the services tell. What could not be found out is null, and a problem. */
export const gatewayStatus = adminEndpoint('ingress.gateway-status', {
  request: z.object({}),
  reply: z.object({
    replicas: arrayOf(replicaSchema).nullable(),
    /** Every target that was asked lately or is left alone. */
    targets: arrayOf(targetHealthSchema).nullable(),
    /** How many routing configs are stored. */
    configs: z.int().nonnegative().nullable(),
    /** What is missing or does not answer, in words for an operator. */
    problems: arrayOf(z.string()),
  }),
  timeoutMs: 5_000,
  http: {
    method: 'GET',
    path: '/status',
    scope: 'read',
    summary: 'Every replica, and the health of every target',
    description: 'Answers 200 when things are broken too, and says in `problems` what is.',
  },
});
