import { z } from 'zod';
import { chatCompletionSchema } from '../chat/completion.ts';
import { chatRequestSchema } from '../chat/request.ts';
import { arrayOf, recordOf } from '../collections.ts';
import { entitySchema } from '../guardrails/entities.ts';
import { actionSchema } from '../guardrails/policy.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { anyPolicySchema, policyNameSchema } from './guardrail-policies.ts';

const directionSchema = z.enum(['input', 'output']);

const findingSchema = z.object({
  direction: directionSchema,
  /** Of the text in the request or answer: `messages[0].content`. Null where it is of all of them. */
  path: z.string().nullable(),
  /** In UTF-16 units of that text; null where it is of the whole text. */
  start: z.int().nonnegative().nullable(),
  end: z.int().nonnegative().nullable(),
  policy: z.string(),
  /** The check's id in the policy. */
  check: z.string(),
  /** By which rule of the check: an entity's form, a list, a pattern's name, a category. */
  rule: z.string(),
  entity: entitySchema.nullable(),
  tier: z.int().nullable(),
  score: z.number(),
  action: actionSchema,
});

/** What policies would find in texts, by which rules, and what would become of the texts. Nothing is sent to a provider. */
export const dryRunGuardrails = adminEndpoint('guardrails.dry-run-guardrails', {
  request: z.object({
    /** A policy's name, or a policy, sealed. */
    policy: z.string().optional(),
    /** Others that hold beside it, as those of an organisation, a key and a header do. */
    policies: arrayOf(policyNameSchema).max(16).optional(),
    /** Each as what a user says, or, with the direction `output`, as what a model answers. */
    texts: arrayOf(z.string().max(262_144)).min(1).max(100).optional(),
    direction: directionSchema.optional(),
    /** A whole request, or a whole answer. */
    request: chatRequestSchema.optional(),
    completion: chatCompletionSchema.optional(),
  }),
  reply: z.object({
    /** `deny` where the request or answer would be refused, `change` where its texts would be others. */
    outcome: z.enum(['pass', 'change', 'deny']),
    findings: arrayOf(findingSchema),
    /** What was given, as it would go on if nothing of it were denied; null where it was not given. */
    texts: arrayOf(z.string()).nullable(),
    request: recordOf(z.string(), z.unknown()).nullable(),
    completion: recordOf(z.string(), z.unknown()).nullable(),
    /** What the caller would be told of a denial, or of a check that failed and must not. */
    denial: z.object({ code: z.string(), message: z.string() }).nullable(),
    /** Checks that failed or were late, by their ids. */
    failed: arrayOf(z.string()),
    warnings: arrayOf(z.string()),
  }),
  timeoutMs: 35_000,
  http: {
    method: 'POST',
    path: '/dry-run/guardrails',
    scope: 'policies',
    summary: 'Tell what guardrail policies find in texts',
    description:
      'Nothing is sent to a provider. `policy` is the name of a policy, or a policy. Webhooks and moderation endpoints of the policies are asked.',
    sealed: {
      field: 'policy',
      as: 'policy',
      schema: z.union([policyNameSchema, anyPolicySchema]).optional(),
      isTextName: true,
    },
  },
});
